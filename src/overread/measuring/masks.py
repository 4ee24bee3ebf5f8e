"""Look at films with a segmenter: Dice where a film has true masks, and its cardiothoracic ratio as a voice."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread import plugins
from overread.measuring.answers import NEITHER, STATUS
from overread.measuring.film import Film, Films
from overread.measuring.results import Results, Tick, each, where
from overread.measuring.studio import Studio
from overread.measuring.tables import Seen, add_answers, dice_table
from overread.ports import ToolInput
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO, ratio_status
from overread.records import Case, Evidence, Mask, Measurement

HEART = "Cardiomegaly"
"""What the ratio speaks of."""
VOTER = "segmentation"

Plane = NDArray[np.bool_]
Dice = dict[str, list[tuple[str, float]]]
"""Structure to (patient, Dice) of each film."""


def segment(studio: Studio, films: Films, tick: Tick, results: Results) -> None:
    """Segment the films that have masks, or of which cardiomegaly is known where that can be measured.

    A film whose ratio is withheld, or to which no limit applies, is none on which the ratio speaks.
    """
    tool = plugins.builder("tools", "segmentation")(studio.parts)
    heart = films.enough(HEART)
    dice: Dice = {}
    ratios: list[tuple[Film, float]] = []
    shown = 0
    for film in each(films.films, tick):
        spoken_of = heart and HEART in film.labels
        work = studio.work(film) if spoken_of or film.masks else None
        evidence = studio.evidence(tool, work) if work else None
        if work is None or evidence is None:
            continue
        shown += 1
        _compare(studio, film, evidence, dice)
        if spoken_of and (told := _ratio(work, evidence)) is not None:
            ratios.append((film, told))
    results.shown = max(results.shown, shown)
    results.masks = dice_table(dice)
    if ratios:
        seen = Seen.of([film for film, _ in ratios], HEART, [value for _, value in ratios])
        add_answers(results.tables, VOTER, HEART, seen, where(shown))


def _ratio(work: ToolInput, evidence: Iterable[Evidence]) -> float | None:
    """Read the ratio by the limits that hold for the film; None where it says nothing."""
    case = Case(case_id="measured", profile="measure", study=work.study)
    for item in evidence:
        if isinstance(item.payload, Measurement) and item.payload.name == CARDIOTHORACIC_RATIO:
            status = ratio_status(case, item, item.payload.value)
            return None if status is None else STATUS.get(status, NEITHER)
    return None


def _compare(studio: Studio, film: Film, evidence: Iterable[Evidence], dice: Dice) -> None:
    payloads = [item.payload for item in evidence]
    drawn = {mask.structure: mask for mask in payloads if isinstance(mask, Mask)}
    for structure, path in film.masks.items():
        found = _union(studio, drawn, structure)
        truth = true_mask(path, None if found is None else found.shape)
        if truth is not None:
            empty = np.zeros_like(truth)
            dice.setdefault(structure, []).append((film.patient, dice_of(empty if found is None else found, truth)))


def _union(studio: Studio, drawn: dict[str, Mask], structure: str) -> Plane | None:
    """Give the pixels of a structure; both lungs are one where the truth is of both."""
    names = ("right_lung", "left_lung", "lungs") if structure == "lungs" else (structure,)
    planes = [studio.home.artifacts.get_png(drawn[name].png) > 0 for name in names if name in drawn]
    return np.logical_or.reduce(planes) if planes else None


def true_mask(path: Path, shape: tuple[int, ...] | None) -> Plane | None:
    """Read a true mask at the picture's size; None for one that is no picture or of another form."""
    try:
        with Image.open(path) as image:
            plane = np.asarray(image.convert("L")) > 127
    except (OSError, ValueError, Image.DecompressionBombError):
        return None
    if shape is None or plane.shape == shape:
        return plane
    if abs(plane.shape[0] / plane.shape[1] - shape[0] / shape[1]) > 0.02:
        return None
    resized = Image.fromarray(plane).resize((shape[1], shape[0]), Image.Resampling.NEAREST)
    return np.asarray(resized, np.bool_)


def dice_of(one: Plane, other: Plane) -> float:
    """Give twice the common area of two masks over the sum of both, 0 to 1; of two empty ones, 1."""
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 1.0
