"""The real radiographs: manifest rows, licences, and a uint8 cache at model size.

    python -m training.data          build .training/cache/real.npz (images of CACHED px, lung and heart masks)

Masks are packed as bits of one uint8 plane: 1 right lung, 2 left lung, 4 heart. `known` says what a row's mask
teaches: 1 lungs, 2 heart, 4 lungs stop at the heart border (General Blockchain masks), so that the lung behind the
heart is left out of the loss.
"""

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training.lungs import split_lungs
from training.paths import data_root, work
from training.resolution import CACHED
from training.splits import Split, split_of

RIGHT_LUNG, LEFT_LUNG, HEART = 1, 2, 4
KNOWS_LUNGS, KNOWS_HEART, LUNGS_STOP_AT_HEART = 1, 2, 4
LABELS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
    "COVID-19",
    "Pneumoperitoneum",
)
"""Labels that some source, real or phantom, teaches. Tuberculosis: none does."""


@dataclass(frozen=True)
class Row:
    """One radiograph of the manifest."""

    fields: dict[str, str]

    @property
    def id(self) -> str:
        """Name of the film, in the manifest and in the caches."""
        return self.fields["id"]

    @property
    def source(self) -> str:
        """The data set that it is from, such as `nih-cxr14`."""
        return self.fields["source"]

    @property
    def trainable(self) -> bool:
        """Whether the licence allows shipped weights: neither non-commercial nor share-alike."""
        return self.fields["licence_nc"] == "0" and self.fields["licence_sa"] == "0"

    @cached_property
    def split(self) -> Split:
        """The patient's split: train, val or test."""
        return split_of(self.fields["patient_id"])

    @cached_property
    def structures(self) -> dict[str, str]:
        """Structure to the path of its mask, under the `cxr` folder; empty where there is none."""
        return json.loads(self.fields["structures"]) if self.fields["structures"] else {}

    def label(self, name: str) -> float:
        """Give 1, 0, or NaN where the source does not know."""
        value = self.fields.get(name, "")
        return float(value) if value else float("nan")


def manifest() -> list[Row]:
    """Read every row of the chest radiograph manifest, in file order."""
    with (data_root() / "cxr" / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        return [Row(fields) for fields in csv.DictReader(handle)]


def read_gray(path: Path) -> NDArray[np.uint8]:
    """Read an image file as (height, width) 8-bit grayscale."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def read_mask(relative: str) -> NDArray[np.bool_]:
    """Read a 1-bit mask (height, width) of the manifest."""
    return read_gray(data_root() / "cxr" / relative) > 0


def fit_mask(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """Bring a mask (height, width) onto the square canvas (size, size) of its image."""
    height, width = mask.shape
    scale = size / max(height, width)
    fitted_h, fitted_w = max(1, round(height * scale)), max(1, round(width * scale))
    soft = Image.fromarray(mask.astype(np.uint8) * 255).resize((fitted_w, fitted_h), Image.Resampling.BILINEAR)
    canvas = np.zeros((size, size), np.bool_)
    top, left = (size - fitted_h) // 2, (size - fitted_w) // 2
    canvas[top : top + fitted_h, left : left + fitted_w] = np.asarray(soft) >= 128
    return canvas


def masks_of(row: Row) -> tuple[NDArray[np.uint8], int]:
    """Give a row's packed mask (CACHED, CACHED) and what it knows; lungs of a model's making are not used."""
    packed = np.zeros((CACHED, CACHED), np.uint8)
    known = 0
    kind = row.fields["mask_kind"]
    if kind == "gb_radiologist" and {"left_lung", "right_lung"} <= row.structures.keys():
        packed |= fit_mask(read_mask(row.structures["right_lung"]), CACHED) * np.uint8(RIGHT_LUNG)
        packed |= fit_mask(read_mask(row.structures["left_lung"]), CACHED) * np.uint8(LEFT_LUNG)
        known |= KNOWS_LUNGS | LUNGS_STOP_AT_HEART
    elif kind == "v7_human":
        sides = split_lungs(fit_mask(read_mask(row.fields["mask_path"]), CACHED))
        if sides is not None:
            packed |= sides[0] * np.uint8(RIGHT_LUNG) | sides[1] * np.uint8(LEFT_LUNG)
            known |= KNOWS_LUNGS
    if row.fields["heart_mask_path"]:
        packed |= fit_mask(read_mask(row.fields["heart_mask_path"]), CACHED) * np.uint8(HEART)
        known |= KNOWS_HEART
    return packed, known


def build_cache() -> Path:
    """Decode, letterbox and pack every row once; the order is the manifest's."""
    rows = manifest()
    images = np.zeros((len(rows), CACHED, CACHED), np.uint8)
    masks = np.zeros_like(images)
    known = np.zeros(len(rows), np.uint8)
    for index, row in enumerate(tqdm(rows, desc="real cache")):
        images[index] = letterbox(read_gray(data_root() / "cxr" / row.fields["path"]), CACHED).pixels
        masks[index], known[index] = masks_of(row)
    path = work("cache", "real.npz")
    np.savez(path, images=images, masks=masks, known=known, ids=np.array([row.id for row in rows]))
    return path


def main() -> None:
    """Build the cache."""
    print(build_cache())


if __name__ == "__main__":
    main()
