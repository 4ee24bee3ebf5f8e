"""Images that are no frontal chest radiograph: VQA-RAD slices (CC0) and drawn negatives."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.imaging.letterbox import letterbox
from training.data import read_gray
from training.paths import WORK, data_root
from training.resolution import CACHED
from training.splits import Split, split_of


def vqa_records() -> list[dict[str, Any]]:
    """Read every VQA-RAD question."""
    lines = (data_root() / "vqa" / "vqa_rad.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def vqa_image(relative: str) -> NDArray[np.uint8]:
    """Read a VQA-RAD image on its canvas (CACHED, CACHED)."""
    return letterbox(read_gray(data_root() / "vqa" / relative), CACHED).pixels


def vqa_slices(split: Split) -> NDArray[np.uint8]:
    """Give the head and abdomen slices (n, CACHED, CACHED) of a split, by image."""
    chosen = {r["image_id"]: r["image"] for r in vqa_records() if r["organ"] != "CHEST"}
    wanted = [path for name, path in sorted(chosen.items()) if split_of(f"vqa:{name}") == split]
    return np.stack([vqa_image(path) for path in wanted])


BODY_PARTS = ("CHEST", "HEAD", "ABDOMEN")
"""DICOM terms for Body Part Examined (PS3.16, CID 4031) of what VQA-RAD shows."""


def vqa_body_parts(split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Give every VQA-RAD image (n, CACHED, CACHED) of a split and the index (n,) of its body part in BODY_PARTS."""
    parts = {"CHEST": 0, "HEAD": 1, "ABD": 2}
    chosen = {r["image_id"]: (r["image"], parts[r["organ"]]) for r in vqa_records()}
    wanted = [found for name, found in sorted(chosen.items()) if split_of(f"vqa:{name}") == split]
    return np.stack([vqa_image(path) for path, _ in wanted]), np.array([part for _, part in wanted])


def out_of_scope_images(split: Split) -> NDArray[np.uint8]:
    """Give every image (n, CACHED, CACHED) of a split out of scope, drawn negatives included once they are cached."""
    images = [vqa_slices(split)]
    path = WORK / "cache" / "negatives.npz"
    if path.exists():
        cache = np.load(path)
        chosen = np.array([split_of(f"negative:{number}") == split for number in cache["numbers"]])
        images.append(cache["images"][chosen])
    return np.concatenate(images)
