"""Render numbered phantoms ahead of time, several processes, into a uint8 cache.

    python -m training.phantom_cache [--count 8000] [--workers 2]

Writes .training/cache/phantoms.npz (images and packed organ masks of CACHED px, findings at 64 px, truths as JSON) and
negatives.npz (drawn images that are no chest radiograph). A phantom's number fixes its split. Those that are there
already stay: delete the files after a change of how phantoms are drawn.
"""

import argparse
import itertools
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.imaging.letterbox import letterbox
from training.data import HEART, LEFT_LUNG, RIGHT_LUNG
from training.facts import Box, Facts, phantom_facts
from training.paths import WORK, save_arrays, work
from training.resolution import CACHED, COARSE
from training.splits import Split, split_of

FINDING_CHANNELS = (
    "Pleural Effusion",
    "Pneumothorax",
    "Consolidation",
    "Atelectasis",
    "Edema",
    "Lung Lesion",
    "Lung Opacity",
    "Fracture",
    "Support Devices",
    "Pneumoperitoneum",
)
"""Findings that have a place on the film; the heart's size shows in the heart's own channel."""
DENSE_CHANNELS = ("right_lung", "left_lung", "heart", *FINDING_CHANNELS)
"""What a map of organs and findings tells of each place."""
NEWEST = 200_000
"""Numbers from here were rendered by the newest phantom code; only these are tested on."""
LATERAL_SHARE = 0.06
DEVICE_KEYS = ("endotracheal_tube", "central_venous_line", "nasogastric_tube")


def render_one(number: int) -> dict[str, Any]:
    """Render one phantom at the cache's size."""
    from overread.testing.phantoms.render import render, to_display
    from overread.testing.phantoms.sampling import sample_recipe

    lateral = split_of(f"lateral:{number}") == "val" and number % 100 < LATERAL_SHARE * 1000
    recipe = sample_recipe(number, view="LATERAL") if lateral else sample_recipe(number)
    phantom = render(recipe, CACHED)
    organs = _organs(phantom.masks)
    findings = np.zeros((len(FINDING_CHANNELS), COARSE, COARSE), np.uint8)
    for channel, label in enumerate(FINDING_CHANNELS):
        findings[channel] = _coarse(phantom.masks, label)
    image = letterbox(to_display(phantom), CACHED).pixels
    return {"image": image, "organs": organs, "findings": findings, "truth": phantom.truth.model_dump_json()}


def _organs(masks: Any) -> NDArray[np.uint8]:
    """Pack lungs and heart; a lung is what the human masks outline: seen above the dome, and behind the heart."""
    organs = np.zeros((CACHED, CACHED), np.uint8)
    if "right_lung" not in masks:
        return organs
    middle = masks["heart"] | masks["cardiomediastinum"]
    for name, bit in (("right_lung", RIGHT_LUNG), ("left_lung", LEFT_LUNG)):
        lung = masks[name] | (masks[f"{name}_full"] & middle)
        organs |= lung.astype(np.uint8) * np.uint8(bit)
    return organs | masks["heart"].astype(np.uint8) * np.uint8(HEART)


def _coarse(masks: Any, label: str) -> NDArray[np.uint8]:
    stem = label.lower().replace(" ", "_")
    keys = [k for k in masks if k == stem or k.startswith(f"{stem}_")]
    if label == "Support Devices":
        keys = [k for k in masks if k in DEVICE_KEYS]
    plane = np.zeros((CACHED, CACHED), np.float32)
    for key in keys:
        plane = np.maximum(plane, masks[key].astype(np.float32))
    step = CACHED // COARSE
    blocks = plane.reshape(COARSE, step, COARSE, step)
    value = blocks.max((1, 3)) if label == "Support Devices" else blocks.mean((1, 3))
    return (value * 255).astype(np.uint8)


def negative_one(number: int) -> NDArray[np.uint8]:
    """Draw one image (CACHED, CACHED) that is no chest radiograph."""
    from overread.testing.phantoms import NEGATIVE_KINDS, render_negative

    kinds = sorted(NEGATIVE_KINDS)
    image: NDArray[Any] = np.asarray(render_negative(kinds[number % len(kinds)], number, CACHED))
    if image.dtype != np.uint8:
        image = (image.astype(np.float64) * (255.0 / max(1, int(image.max())))).astype(np.uint8)
    return letterbox(image, CACHED).pixels


class Phantoms:
    """The cached phantoms of one split."""

    def __init__(self, split: Split, *, frontal_only: bool = False) -> None:
        cache = np.load(WORK / "cache" / "phantoms.npz")
        chosen = np.array([split_of(f"phantom:{number}") == split for number in cache["numbers"]])
        if split == "test":
            chosen &= cache["numbers"] >= NEWEST
        if frontal_only:
            chosen &= cache["frontal"]
        self.numbers = cache["numbers"][chosen]
        self.images: NDArray[np.uint8] = cache["images"][chosen]
        self.organs: NDArray[np.uint8] = cache["masks"][chosen]
        self.findings: NDArray[np.uint8] = cache["findings"][chosen]
        self.truths = [truth for truth, take in zip(cache["truths"], chosen, strict=True) if take]
        self.facts: list[Facts] = [_facts(str(truth)) for truth in self.truths]

    def maps(self, index: list[int]) -> NDArray[np.float32]:
        """Give (n, organs and findings, 64, 64) coverage in [0, 1]."""
        step = CACHED // COARSE
        packed = self.organs[index][:, ::step, ::step]
        organs = np.stack([(packed & bit) > 0 for bit in (RIGHT_LUNG, LEFT_LUNG, HEART)], 1).astype(np.float32)
        return np.concatenate([organs, self.findings[index].astype(np.float32) / 255], 1)


def boxes_in(maps: NDArray[np.float32]) -> dict[str, Box]:
    """Give the box around each label's findings from (findings, h, w) coverage; a trace at the edge counts as none."""
    found = {}
    for label, plane in zip(FINDING_CHANNELS, maps, strict=True):
        rows, columns = np.nonzero(plane > 0.25)
        if rows.size:
            height, width = plane.shape
            edges = (columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height)
            left, top, right, bottom = (min(99, max(0, round(99 * edge))) for edge in edges)
            found[label] = (left, top, right, bottom)
    return found


def _facts(truth: str) -> Facts:
    from overread.testing.phantoms.recipe import PhantomTruth

    return phantom_facts(PhantomTruth.model_validate_json(truth))


def _run(function: Any, numbers: Sequence[int], workers: int, label: str) -> Iterator[Any]:
    with ProcessPoolExecutor(workers) as pool:
        yield from tqdm(pool.map(function, numbers, chunksize=16), total=len(numbers), desc=label, mininterval=5)


def numbers_from(first: int, count: int, shared: int) -> list[int]:
    """Give `count` numbers: of every split up to `shared`, then of the training split only, so that none is wasted."""
    numbers = list(range(first, first + min(count, shared)))
    following = (number for number in itertools.count(first + shared) if split_of(f"phantom:{number}") == "train")
    return numbers + list(itertools.islice(following, count - len(numbers)))


def main() -> None:
    """Render both caches."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=8000)
    parser.add_argument("--shared", type=int, default=2000, help="numbers of every split; after them, training only")
    parser.add_argument("--negatives", type=int, default=600)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--first", type=int, default=NEWEST, help="first number: far from those that tests use")
    options = parser.parse_args()
    os.nice(5)
    negatives = range(options.first, options.first + options.negatives)
    if options.negatives and not (WORK / "cache" / "negatives.npz").exists():
        drawn = np.stack(list(_run(negative_one, negatives, options.workers, "negatives")))
        np.savez(work("cache", "negatives.npz"), images=drawn, numbers=np.array(negatives))
    path = work("cache", "phantoms.npz")
    numbers = numbers_from(options.first, options.count, options.shared)
    kept = _kept(path)
    missing = [number for number in numbers if number not in kept.get("numbers", ())]
    if missing:
        new = packed(missing, list(_run(render_one, missing, options.workers, "phantoms")))
        save_arrays(path, {name: np.concatenate([kept[name], rows]) if kept else rows for name, rows in new.items()})


def _kept(path: Path) -> dict[str, NDArray[Any]]:
    """Read what was rendered before."""
    if not path.exists():
        return {}
    with np.load(path) as cache:
        return {name: cache[name] for name in cache.files}


def packed(numbers: Sequence[int], done: Sequence[Mapping[str, Any]]) -> dict[str, NDArray[Any]]:
    """Give the cache's arrays, a row for each phantom rendered."""
    views = [json.loads(item["truth"])["view"] for item in done]
    return {
        "images": np.stack([item["image"] for item in done]),
        "masks": np.stack([item["organs"] for item in done]),
        "findings": np.stack([item["findings"] for item in done]),
        "truths": np.array([item["truth"] for item in done]),
        "frontal": np.array([view != "LATERAL" for view in views]),
        "numbers": np.array(numbers),
    }


if __name__ == "__main__":
    main()
