"""Where findings are known to lie: in phantoms that taught nobody, by exact masks, and in real films, by boxes.

A phantom is rendered anew: the cache that teaches the networks has its findings in 64 cells a side only.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.testing.phantoms import render, sample_recipe, to_display
from training.data import manifest, read_gray
from training.folds import fold_of
from training.network_data import teaches
from training.paths import data_root, save_arrays, work
from training.phantom_cache import DEVICE_KEYS, NEWEST
from training.resolution import CACHED
from training.splits import Split, split_of

Plane = NDArray[np.bool_]
CHILDREN = {
    "Lung Opacity": ("lung_opacity", "consolidation", "atelectasis", "edema", "lung_lesion"),
    "Enlarged Cardiomediastinum": ("enlarged_cardiomediastinum", "cardiomegaly"),
}
"""Masks of a label that others imply (CheXpert's hierarchy); any other label has masks of its own name only."""
PLACED = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Fracture",
    "Support Devices",
    "Pneumoperitoneum",
)
"""Labels that a phantom's masks show the place of."""
LUNGS = ("right_lung", "left_lung")
NIH_BOXES = {
    "Atelectasis": ("Atelectasis",),
    "Cardiomegaly": ("Cardiomegaly",),
    "Effusion": ("Pleural Effusion",),
    "Infiltrate": ("Lung Opacity",),
    "Pneumonia": ("Pneumonia", "Lung Opacity"),
    "Pneumothorax": ("Pneumothorax",),
    "Mass": ("Lung Lesion",),
    "Nodule": ("Lung Lesion",),
}
"""NIH's boxes by the labels that they place."""
COUNTS: dict[Split, int] = {"val": 300, "test": 900}


@dataclass(frozen=True)
class Shown:
    """One image and where each finding lies in it."""

    name: str
    patient: str
    picture: NDArray[np.uint8]
    """[rows, columns] as shown."""
    places: dict[str, Plane]
    """Label to its mask, of the picture's shape; a label without a place is missing."""
    lungs: tuple[Plane, Plane] | None = None
    """Right and left; None where nobody outlined them."""
    sizes: tuple[str, ...] = ()
    """Mass or nodule, of what a Lung Lesion is."""
    fold: int | None = None
    """Of a real film: only the network of this fold has not seen its patient."""


def phantoms(split: Split) -> list[Shown]:
    """Give frontal phantoms of a split, rendered once at CACHED pixels."""
    numbers = _numbers(split)
    path = work("cache", f"placed-{split}.npz")
    if not path.exists():
        _render(numbers, path)
    with np.load(path) as cache:
        pictures, packed = cache["pictures"], cache["masks"]
    return [_shown(*item) for item in zip(numbers, pictures, packed, strict=True)]


def films() -> list[Shown]:
    """Give NIH's films with boxes of findings, in file order; those that may teach, as the folds were made of these."""
    found = []
    for row in manifest():
        boxes = json.loads(row.fields["boxes"] or "[]") if row.source == "nih-cxr14" and teaches(row) else []
        if boxes:
            picture = read_gray(data_root() / "cxr" / row.fields["path"])
            scale = picture.shape[1] / int(row.fields["width"])
            places: dict[str, Plane] = {}
            for box in boxes:
                for label in NIH_BOXES.get(box["label"], ()):
                    inside = _box(box, scale, picture.shape)
                    places[label] = places[label] | inside if label in places else inside
            patient = row.fields["patient_id"]
            sizes = tuple(box["label"].lower() for box in boxes if box["label"] in ("Mass", "Nodule"))
            found.append(Shown(row.id, patient, picture, places, sizes=sizes, fold=fold_of(patient)))
    return found


def _numbers(split: Split) -> list[int]:
    numbers: list[int] = []
    number = NEWEST
    while len(numbers) < COUNTS[split]:
        if split_of(f"phantom:{number}") == split:
            numbers.append(number)
        number += 1
    return numbers


def _render(numbers: Sequence[int], path: Path) -> None:
    with ProcessPoolExecutor(2) as pool:
        done = list(tqdm(pool.map(_rendered, numbers, chunksize=8), total=len(numbers), desc=path.stem, mininterval=5))
    save_arrays(path, {"pictures": np.stack([p for p, _ in done]), "masks": np.stack([m for _, m in done])})


def _rendered(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give the picture and the packed masks (planes, CACHED, CACHED / 8) of labels and lungs."""
    phantom = render(sample_recipe(number), CACHED)
    planes = np.zeros((len(PLACED) + len(LUNGS), CACHED, CACHED), np.bool_)
    for plane, label in zip(planes, PLACED, strict=False):
        for key in phantom.masks:
            if _shows(key, label):
                plane |= phantom.masks[key]
    for plane, lung in zip(planes[len(PLACED) :], LUNGS, strict=True):
        plane |= phantom.masks[lung]
    return to_display(phantom), np.packbits(planes, axis=-1)


def _shows(key: str, label: str) -> bool:
    if label == "Support Devices":
        return key in DEVICE_KEYS
    names = CHILDREN.get(label, (label.lower().replace(" ", "_"),))
    return any(key == name or key.startswith(f"{name}_") for name in names)


def _shown(number: int, picture: NDArray[np.uint8], packed: NDArray[np.uint8]) -> Shown:
    planes = np.unpackbits(packed, axis=-1).astype(np.bool_)
    places = {label: plane for label, plane in zip(PLACED, planes, strict=False) if plane.any()}
    name = f"phantom:{number}"
    lesions = [finding for finding in sample_recipe(number).findings if finding.label == "Lung Lesion"]
    sizes = tuple("mass" if finding.severity == "large" else "nodule" for finding in lesions)
    return Shown(name, name, picture, places, lungs=(planes[-2], planes[-1]), sizes=sizes)


def _box(box: dict[str, float], scale: float, shape: tuple[int, ...]) -> Plane:
    inside = np.zeros(shape, np.bool_)
    left, top, right, bottom = (
        round(edge * scale) for edge in (box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"])
    )
    inside[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)] = True
    return inside
