"""Measure where the classifier sees what it calls, and write the figures into heads.json and the card.

    python -m training.places_eval

The pointing game (Zhang et al., IJCV 2018): is the highest place of a label's map within TOLERANCE of the finding? On
phantoms of the test split all trunks look, as in the product, and masks are exact; on NIH films with boxes only the
trunk of the fold that has not seen the patient, and a radiologist may have boxed one of several places. Only images
that show a label and are called by it count: no other place is given. Beside it: how much the region and the box around
the finding overlap, and whether the region is on the right side, of those that have one. The baseline points at the
middle of a lung, right and left counted alike. What was chosen was chosen on phantoms of the validation split.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy import ndimage
from tqdm import tqdm

from overread.backends._classifier import Trunk
from overread.backends._loading import ModelFolder
from overread.backends._segmenter import SegmenterBackend
from overread.reasoning.zones import Side, side_of
from overread.records import Region
from overread.tools._masks import bounding_box, organ_mask
from overread.tools._places import region_of
from training.cards import rewrite_card
from training.classifier_features import FOLDER, TRUNKS
from training.measures import resampled
from training.paths import MODELS, RESULTS
from training.place_voice import Voice
from training.placed import LUNGS, Plane, Shown, films, phantoms

TOLERANCE = 15 / 512
"""How far from the finding a hit may be, as a part of the picture's longer side (15 pixels of 512, as in the paper)."""
UNSIDED = frozenset({"Cardiomegaly", "Enlarged Cardiomediastinum", "Support Devices", "Pneumoperitoneum"})
"""Labels that lie in the middle or that no side is told of."""
CALLED_LEAST = 5
"""Images below which a label has no figure."""


@dataclass(frozen=True)
class Pointed:
    """One label in one image that shows it and was called."""

    label: str
    patient: str
    hit: bool
    overlap: float
    """Intersection over union of the region and the box around the finding or one of its parts, the best; 0 without."""
    side: bool | None
    """Whether the region is on the finding's side; None where none was told."""
    given: bool
    """Whether there was a region."""
    baseline: float
    """Share of the lungs' middles that hit."""
    sizes: tuple[str, ...] = ()


def pointed(shown: Shown, label: str, places: NDArray[np.float32], lungs: Sequence[Plane]) -> Pointed:
    """Compare a map with where the finding lies."""
    truth, shape = shown.places[label], shown.picture.shape
    row, column = np.unravel_index(places.argmax(), places.shape)
    peak = ((row + 0.5) / places.shape[0] * shape[0], (column + 0.5) / places.shape[1] * shape[1])
    region = region_of(places, shape, sided=label not in UNSIDED)
    middles = [ndimage.center_of_mass(lung) for lung in lungs if lung.any()]
    return Pointed(
        label,
        shown.patient,
        near(truth, peak),
        max((overlap(region, box) for box in boxes_of(truth)), default=0.0) if region else 0.0,
        None if label in UNSIDED or region is None else right_side(region, truth, lungs),
        region is not None,
        float(np.mean([near(truth, middle) for middle in middles])) if middles else 0.0,
        shown.sizes if label == "Lung Lesion" else (),
    )


def near(truth: Plane, point: tuple[float, ...]) -> bool:
    """Say whether a point (row, column) is within TOLERANCE of a mask."""
    reach = TOLERANCE * max(truth.shape)
    rows, columns = np.nonzero(truth)
    return bool(((rows + 0.5 - point[0]) ** 2 + (columns + 0.5 - point[1]) ** 2 <= reach**2).any())


def boxes_of(truth: Plane) -> Iterator[Region]:
    """Give the box around each connected part of a mask, and the one around all of it."""
    parts, count = ndimage.label(truth)
    for mask in (*(parts == number for number in range(1, count + 1)), truth):
        box = bounding_box(mask)
        if box is not None:
            yield box


def overlap(one: Region, other: Region) -> float:
    """Give intersection over union."""
    wide = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    tall = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(0, wide) * max(0, tall)
    return both / (one.width * one.height + other.width * other.height - both)


def right_side(region: Region, truth: Plane, lungs: Sequence[Plane]) -> bool | None:
    """Say whether a region is on the side of the finding, and the finding on no other; None where it tells no side."""
    boxes = lung_boxes(lungs)
    told = side_of(region, boxes)
    if told is None:
        return None
    sides = {side_of(box, boxes) for box in boxes_of(truth)}
    return sides - {None} == {told}


def lung_boxes(lungs: Sequence[Plane]) -> dict[Side, Region]:
    """Give the boxes around the right and the left lung, of those that are there."""
    names: tuple[Side, Side] = ("right", "left")
    boxes = {name: bounding_box(lung) for name, lung in zip(names, lungs, strict=True)}
    return {name: box for name, box in boxes.items() if box is not None}


def voices() -> dict[str, tuple[Voice, float]]:
    """Give each label's voice and its threshold."""
    from training.data import LABELS

    arrays = load_file(FOLDER / "heads.safetensors")
    spec = json.loads((FOLDER / "heads.json").read_text(encoding="utf-8"))
    return {
        item["name"]: (Voice(arrays, item["row"], LABELS.index(item["name"])), float(item["threshold"]))
        for item in spec["labels"]
    }


def play(images: Sequence[Shown], name: str) -> list[Pointed]:
    """Play the pointing game with every label of some images."""
    trunks = [Trunk(_folder(path.name, path)) for path in TRUNKS]
    spoken = voices()
    segmenter = SegmenterBackend(_folder("segmenter", MODELS / "segmenter"))
    found = []
    for shown in tqdm(images, desc=name, mininterval=10):
        looks = [trunk.look(shown.picture) for fold, trunk in enumerate(trunks) if shown.fold in (None, fold)]
        called = [
            label
            for label in shown.places
            if label in spoken and spoken[label][0].chance(looks, shown.fold) >= spoken[label][1]
        ]
        if called:
            lungs = shown.lungs or _segmented(segmenter, shown)
            found += [pointed(shown, label, spoken[label][0].map(looks, shown.fold), lungs) for label in called]
    return found


def _segmented(segmenter: SegmenterBackend, shown: Shown) -> list[Plane]:
    maps = segmenter.segment(shown.picture)
    return [organ_mask(maps[name], 0.5) for name in LUNGS]


def _folder(name: str, path: Any) -> ModelFolder:
    return ModelFolder(name, path, "cpu", 1, 60.0)


def figures(found: Sequence[Pointed]) -> dict[str, dict[str, Any]]:
    """Give a label's figures with intervals over patients; of lesions also those of masses and of nodules alone."""
    by_label: dict[str, list[Pointed]] = defaultdict(list)
    for one in found:
        by_label[one.label].append(one)
        for size in {*one.sizes}:
            by_label[f"{one.label}, {size}"].append(one)
    return {label: _figure(items) for label, items in by_label.items() if len(items) >= CALLED_LEAST}


def _figure(items: Sequence[Pointed]) -> dict[str, Any]:
    hits = np.array([item.hit for item in items], float)
    draws = [hits[rows].mean() for rows in resampled(np.array([item.patient for item in items]))]
    low, high = np.quantile(draws, [0.025, 0.975])
    overlaps = [item.overlap for item in items if item.given]
    sides = [item.side for item in items if item.side is not None]
    return {
        "hit": round(float(hits.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "count": len(items),
        "baseline": round(float(np.mean([item.baseline for item in items])), 4),
        "iou": round(float(np.mean(overlaps)), 4) if overlaps else None,
        "given": round(float(np.mean([item.given for item in items])), 4),
        "side": round(float(np.mean(sides)), 4) if sides else None,
        "sides": len(sides),
    }


def _with_sizes(found: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Give a label's figure with those of its sizes in it."""
    sizes = {
        label.removeprefix(f"{name}, "): figure for label, figure in found.items() if label.startswith(f"{name}, ")
    }
    return {**found[name], **({"sizes": sizes} if sizes else {})}


def write(measured: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    """Write each label's figures, by kind of study, into heads.json, and all of them into the card."""
    path = FOLDER / "heads.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    spoken = voices()
    for item in spec["labels"]:
        name = item["name"]
        kinds = {kind: _with_sizes(found, name) for kind, found in measured.items() if name in found}
        item.pop("placing", None)
        if kinds:
            item["placing"] = {"by": spoken[name][0].by, "sided": name not in UNSIDED, **kinds}
    path.write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    rewrite_card("classifier")


def main() -> None:
    """Measure on test phantoms and on films, and write."""
    measured = {
        "phantom": figures(play(phantoms("test"), "phantoms")),
        "film": figures(play(films(), "films")),
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "places.json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
    write(measured)
    for kind, found in measured.items():
        for label, figure in found.items():
            print(kind, label, figure)


if __name__ == "__main__":
    main()
