"""Look at films with a model that outlines what it is prompted by: Dice with true masks."""

from overread.measuring.film import Films
from overread.measuring.masks import dice_of, true_mask
from overread.measuring.results import Results, Tick, each
from overread.measuring.studio import Studio
from overread.measuring.tables import dice_table
from overread.tools._masks import bounding_box
from overread.tools._outline import ROLE, THRESHOLD

WORDS = {"lungs": "the lungs", "left_lung": "the left lung", "right_lung": "the right lung", "heart": "the heart"}
"""What a model of words is asked for."""
TRUE_BOX = "the box of the true mask"


def outline(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Prompt a model of words by the organ's name, one of boxes by the true mask's own box, and compare.

    So the figure of a model of boxes is what it makes of a perfect box, and more than it will make of a found one.
    """
    model = studio.parts.outline(ROLE)
    dice: dict[str, list[tuple[str, float]]] = {}
    for film in each(films.films, tick):
        picture = studio.picture(film) if film.masks else None
        if picture is None:
            continue
        results.shown += 1
        for structure, path in film.masks.items():
            truth = true_mask(path, (picture.shape[0], picture.shape[1]))
            box = None if truth is None else bounding_box(truth)
            if truth is None or box is None:
                continue
            found = model.outline(picture, WORDS.get(structure, structure.replace("_", " ")), box) >= THRESHOLD
            dice.setdefault(structure, []).append((film.patient, dice_of(found, truth)))
    prompt = dict.fromkeys(dice, "words" if model.takes == "words" else TRUE_BOX)
    results.masks = {name: {**entry, "prompt": prompt[name]} for name, entry in dice_table(dice).items()}
