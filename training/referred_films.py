"""Measure the boxes of findings by words on real films, against the boxes that radiologists drew on NIH's.

    python -m training.referred_films ask
    python -m training.referred_films print

Only films of fold 0 that taught no model before (`new_films`), and of the classifier's three networks only the one that
has not seen their patients: what ships averages three. A film is asked for each finding that NIH boxed, without a side,
and for the same on the other side where all of its boxes lie on one; one without any finding for one of them in turn.
NIH boxed what it states, and not always every place of it: another one counts as wrong here. Beside it the baseline of
`referred_eval`, which knows the side: the box of the lung, as segmented, where the finding is, of both for the heart.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overread.admission import AdmittedCase
from overread.backends._classifier import Trunk
from overread.backends._loading import ModelFolder
from overread.composition import open_graph, parts_of, services_for
from overread.grounding import Grounded, ground
from overread.ports import BackendCard, Picture, PlacedScores
from overread.precision import settled
from overread.reading_room import ReadingRoom
from overread.reasoning.zones import SIDES, Side, side_of
from overread.records import Region
from overread.settings import load_profile, load_settings
from overread.standalone import admit
from overread.store.home import open_home
from overread.tools._placing import PlacingTool
from overread.tools.classification import ClassificationTool
from training.classifier_features import TRUNKS
from training.data import Row
from training.folds import TEST_FOLD
from training.new_films import new_rows
from training.paths import WORK, data_root, work
from training.place_voice import Voice
from training.places_eval import overlap, voices
from training.referred_eval import PATIENCE, Asked, table

WORDS = {"Effusion": "effusion", "Infiltrate": "opacity", "Pneumonia": "opacity", "Cardiomegaly": "cardiomegaly"}
"""NIH's boxes of the labels whose placing is good enough on films, by the words that ask for them."""
CLEAR = 90
"""Films without a finding."""
ANSWERS = WORK / "results" / "referred_films.jsonl"


@dataclass(frozen=True)
class OneNetwork:
    """The classifier as the network of one fold alone: a `PlacingBackend`."""

    card: BackendCard
    trunk: Trunk
    spoken: Mapping[str, tuple[Voice, float]]
    """Label to what says and places it, and its threshold."""

    def score_labels(self, picture: Picture) -> Mapping[str, float]:
        """Map each label to its probability."""
        return self.score_and_place(picture).chances

    def score_and_place(self, picture: Picture) -> PlacedScores:
        """Score each label, and tell of any of them where it is seen."""
        looks = [self.trunk.look(picture)]
        chances = {label: settled(voice.chance(looks, TEST_FOLD)) for label, (voice, _) in self.spoken.items()}

        def place(label: str) -> NDArray[np.float32]:
            return self.spoken[label][0].map(looks, TEST_FOLD)

        return PlacedScores(chances, place)


@contextmanager
def held_out(folder: Path) -> Iterator[ReadingRoom]:
    """Open a room whose classifier has not seen the films of fold 0."""
    settings = load_settings(home=folder / "home", tool_seconds=PATIENCE)
    profile = load_profile(settings.profile, settings)
    with closing(open_home(settings)) as home, open_graph(home) as graph:
        services = services_for(settings, home, profile)
        parts = parts_of(profile, settings)
        trunk = Trunk(ModelFolder("fold 0", TRUNKS[TEST_FOLD], "cpu", 1, PATIENCE))
        network = OneNetwork(parts.labels("classifier").card, trunk, voices())
        own = replace(parts, labels=lambda role: network)
        tools = {**services.tools, "classification": ClassificationTool(own)}
        yield ReadingRoom(graph, replace(services, tools=tools, place=partial(PlacingTool, own)), home)


def asked_of(room: ReadingRoom, row: Row) -> Iterator[Asked]:
    """Ask of a film for what NIH boxed in it, and for the same on the other side."""
    admitted = admit(room, [data_root() / "cxr" / row.fields["path"]], gated=False)
    image, drawn = admitted.case.study.images[0], json.loads(row.fields["boxes"])
    lungs = lung_boxes(room, admitted)
    for words in sorted({WORDS[box["label"]] for box in drawn if box["label"] in WORDS}):
        scale = image.columns / int(row.fields["width"])
        truth = [boxed_by_nih(box, scale) for box in drawn if WORDS.get(box["label"]) == words]
        found = ground(room, admitted, words)
        got = best(found.region, truth)
        sides = {side_of(box, lungs) for box in truth} if words != "cardiomegaly" else {None}
        blind = max((best(_lung(lungs, side), truth) for side in sides), default=0.0)
        yield Asked("film", row.fields["patient_id"], words, words, found.status, got > 0, blind > 0, got, blind)
        if sides in ({"left"}, {"right"}):
            phrase = f"{words} on the {'right' if sides == {'left'} else 'left'}"
            other = ground(room, admitted, phrase)
            yield _absent(row, f"{words}, other side", phrase, other)


def clear(room: ReadingRoom, row: Row, words: str) -> Iterator[Asked]:
    """Ask of a film without a finding for one."""
    admitted = admit(room, [data_root() / "cxr" / row.fields["path"]], gated=False)
    yield _absent(row, f"{words}, not there", words, ground(room, admitted, words))


def _absent(row: Row, kind: str, words: str, found: Grounded) -> Asked:
    return Asked("film", row.fields["patient_id"], kind, words, found.status, found.region is None, False, None, None)


def lung_boxes(room: ReadingRoom, admitted: AdmittedCase) -> dict[Side, Region]:
    """Give the boxes of the lungs as segmented, those that were found."""
    seen = {side: ground(room, admitted, f"{side} lung").region for side in SIDES}
    return {side: region for side, region in seen.items() if region is not None}


def boxed_by_nih(box: Mapping[str, float], scale: float) -> Region:
    """Bring a box to the pixels of the picture as shown."""
    left, top = max(0, round(box["x"] * scale)), max(0, round(box["y"] * scale))
    return Region(x=left, y=top, width=max(1, round(box["w"] * scale)), height=max(1, round(box["h"] * scale)))


def best(region: Region | None, truth: Sequence[Region]) -> float:
    """Give the best overlap with one of several boxes; 0 for no region."""
    return max((overlap(region, box) for box in truth), default=0.0) if region is not None else 0.0


def _lung(lungs: Mapping[Side, Region], side: Side | None) -> Region | None:
    """Give the box of a lung, or for no side the one around both."""
    chosen = [lungs[side]] if side is not None and side in lungs else list(lungs.values())
    if not chosen:
        return None
    left, top = min(box.x for box in chosen), min(box.y for box in chosen)
    right, bottom = max(box.x + box.width for box in chosen), max(box.y + box.height for box in chosen)
    return Region(x=left, y=top, width=right - left, height=bottom - top)


def main(what: str) -> None:
    """Ask all films anew, or print the table of the last time; beside it how often a box was given."""
    if what == "print":
        answers = [Asked(**json.loads(line)) for line in ANSWERS.read_text().splitlines()]
        print(table(answers))
        given = [each for each in answers if each.status == "box" and each.overlap is not None]
        print("of those with a box alone:", table(given), sep="\n")
        return
    rows = new_rows()
    boxed = [row for row in rows if {box["label"] for box in json.loads(row.fields["boxes"] or "[]")} & set(WORDS)]
    empty = [row for row in rows if row.label("No Finding") == 1][:CLEAR]
    nouns = sorted(set(WORDS.values()))
    work("results", ANSWERS.name)
    with tempfile.TemporaryDirectory() as scratch, held_out(Path(scratch)) as room, ANSWERS.open("w") as kept:
        each = chain(
            chain.from_iterable(asked_of(room, row) for row in boxed),
            chain.from_iterable(clear(room, row, nouns[i % len(nouns)]) for i, row in enumerate(empty)),
        )
        for answer in each:
            kept.write(json.dumps(asdict(answer)) + "\n")
            kept.flush()


if __name__ == "__main__":
    main(*sys.argv[1:2])
