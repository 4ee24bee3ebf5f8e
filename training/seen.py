"""Pictures that taught nobody, with what is known of them and where the classifier sees each label asked about."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.backends._classifier import Trunk
from overread.backends._loading import ModelFolder
from overread.backends._segmenter import SegmenterBackend
from overread.reasoning.zones import Side, side_of
from overread.tools._masks import organ_mask
from training.classifier_features import TRUNKS
from training.data import LEFT_LUNG, RIGHT_LUNG, Row, read_gray
from training.folds import TEST_FOLD
from training.new_films import new_rows
from training.paths import MODELS, data_root
from training.phantom_cache import Phantoms
from training.placed import LUNGS, Plane, Shown, films
from training.places_eval import boxes_of, lung_boxes, voices

ZOOMED = ("Pleural Effusion", "Pneumothorax", "Consolidation", "Lung Lesion", "Cardiomegaly")
"""Labels that have a place to look at again."""
SIDED = ("Pleural Effusion", "Pneumothorax")


@dataclass(frozen=True)
class Seen:
    """One picture, and where the classifier sees what is asked about, whether it calls it or not."""

    patient: str
    picture: NDArray[np.uint8]
    """[rows, columns] as shown."""
    known: dict[str, bool]
    """Labels that are known to be there or not; others are missing."""
    fold: int | None = None
    """Of a real film: only the network of this fold has not seen its patient."""
    places: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    """Label to the classifier's map over the picture."""
    sides: dict[str, Side] = field(default_factory=dict)
    """Of a label that lies on one side only: which."""
    lungs: tuple[Plane, Plane] | None = None
    """Right and left: exact of a phantom, as segmented of a film; None where not needed."""


def phantoms() -> list[Seen]:
    """Give the frontal phantoms of the test split, as they are cached."""
    cached = Phantoms("test", frontal_only=True)
    found = []
    columns = (cached.numbers, cached.images, cached.organs, cached.facts)
    for number, picture, organs, facts in zip(*columns, strict=True):
        known = {label: label in facts.present for label in ZOOMED if label in facts.present | facts.absent}
        told = {label: {one.laterality for one in facts.of(label)} for label in SIDED}
        both: tuple[Side, Side] = ("left", "right")
        sides = {label: side for label, on in told.items() for side in both if on == {side}}
        lungs = ((organs & RIGHT_LUNG) > 0, (organs & LEFT_LUNG) > 0)
        found.append(Seen(f"phantom:{number}", picture, known, sides=sides, lungs=lungs))
    return found


def real(each: int) -> list[Seen]:
    """Give NIH films of the test fold: of each label `each` that have it, boxed ones first, and as many without."""
    boxed = {film.name: film for film in films() if film.fold == TEST_FOLD}
    rows = new_rows()
    chosen: dict[str, Row] = {}
    for label in ZOOMED:
        having = sorted((row for row in rows if row.label(label) == 1), key=lambda row: not _boxes(boxed, row, label))
        lacking = [row for row in rows if row.label(label) == 0]
        chosen |= {row.id: row for row in (*having[:each], *lacking[:each])}
    return [_film(row) for row in chosen.values()]


def _boxes(boxed: dict[str, Shown], row: Row, label: str) -> bool:
    return row.id in boxed and label in boxed[row.id].places


def _film(row: Row) -> Seen:
    known = {label: row.label(label) == 1 for label in ZOOMED if row.label(label) in (0, 1)}
    picture = read_gray(data_root() / "cxr" / row.fields["path"])
    return Seen(row.fields["patient_id"], picture, known, fold=TEST_FOLD)


def boxed_on_one_side() -> list[Seen]:
    """Give NIH films of the test fold whose boxes of a sided label lie on one side of the segmented lungs."""
    new = {row.id for row in new_rows()}
    found = []
    for film in films():
        if film.name in new and set(SIDED) & film.places.keys():
            lungs = segmented([film.picture])[0]
            sides = {label: _only_side(film.places[label], lungs) for label in SIDED if label in film.places}
            told = {label: side for label, side in sides.items() if side}
            found.append(Seen(film.patient, film.picture, {}, film.fold, sides=told, lungs=lungs))
    return found


def _only_side(truth: Plane, lungs: Sequence[Plane]) -> Side | None:
    boxes = lung_boxes(lungs)
    sides = {side_of(box, boxes) for box in boxes_of(truth)}
    return sides.pop() if len(sides) == 1 else None


def segmented(pictures: Iterable[NDArray[np.uint8]]) -> list[tuple[Plane, Plane]]:
    """Give the right and left lung that the embedded segmenter sees in each picture."""
    segmenter = SegmenterBackend(_folder(MODELS / "segmenter"))
    maps = (segmenter.segment(picture) for picture in pictures)
    return [(organ_mask(each[LUNGS[0]], 0.5), organ_mask(each[LUNGS[1]], 0.5)) for each in maps]


def placed(pictures: Sequence[Seen]) -> Iterator[Seen]:
    """Give the pictures with the classifier's maps of the labels asked about."""
    trunks = [Trunk(_folder(path)) for path in TRUNKS]
    spoken = {label: voice for label, (voice, _) in voices().items() if label in ZOOMED}
    for seen in tqdm(pictures, desc="places", mininterval=10):
        looks = [trunk.look(seen.picture) for fold, trunk in enumerate(trunks) if seen.fold in (None, fold)]
        places = {label: voice.map(looks, seen.fold) for label, voice in spoken.items()}
        yield replace(seen, places=places)


def _folder(path: Path) -> ModelFolder:
    return ModelFolder(path.name, path, "cpu", 1, 60.0)
