"""Measure how well an earlier picture is laid under the one at hand: landmarks of phantom pairs, by how they differ.

    python -m training.registration_eval [--pairs 120]

The segmenter draws the lungs, as in the product; the landmarks (apex, middle, lateral border and lowest lateral point
of each lung) are those of the phantoms' own masks, whatever disease lies in the lungs. Distances are in pixels of 512,
before and after, over all landmarks of a pair.
"""

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from overread.imaging.registration import align
from overread.testing.phantoms import Phantom, render, to_display
from overread.testing.phantoms.pairs import sample_pair
from training.growth_eval import Eyes

FIRST = 4_000_000
"""Number of the first pair: of patients that taught nothing and chose nothing."""
Point = tuple[float, float]


class Laid(NamedTuple):
    """One pair: how it differs, how well it overlaps, and how far its landmarks lie apart."""

    handling: str
    overlap: float
    before: float
    after: float


def landmarks(masks: Mapping[str, NDArray[np.bool_]]) -> list[Point]:
    """Give the landmarks (x, y) of both lungs from the masks of a frontal phantom."""
    found: list[Point] = []
    for side in ("right", "left"):
        rows, columns = np.nonzero(masks[f"{side}_lung_full"])
        outer = np.min if side == "right" else np.max
        level = (rows > np.percentile(rows, 45)) & (rows < np.percentile(rows, 55))
        lateral = columns < np.percentile(columns, 20) if side == "right" else columns > np.percentile(columns, 80)
        found += [
            (float(columns[rows == rows.min()].mean()), float(rows.min())),
            (float(columns.mean()), float(rows.mean())),
            (float(outer(columns[level])), float(rows[level].mean())),
            (float(columns[lateral].mean()), float(rows[lateral].max())),
        ]
    return found


def measured(eyes: Eyes, number: int) -> Laid | None:
    """Lay one pair; None where no match was found."""
    pair = sample_pair(number)
    then, now = render(pair.then), render(pair.now)
    alignment = align(_lungs(eyes, then), _lungs(eyes, now))
    if alignment is None:
        return None
    old, new = landmarks(then.masks), landmarks(now.masks)
    moved = [alignment.forward(*point) for point in old]
    return Laid(pair.handling, alignment.overlap, _apart(old, new), _apart(moved, new))


def main() -> None:
    """Measure pairs and print a row for each way in which they differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=120)
    eyes, rows, lost = Eyes(), defaultdict(list), 0
    for number in tqdm(range(FIRST, FIRST + parser.parse_args().pairs)):
        laid = measured(eyes, number)
        if laid is None:
            lost += 1
        else:
            rows[laid.handling].append(laid)
    print("| differs | pairs | overlap, 5th percentile | before, median | after, median | after, 95th |")
    print("|---|---|---|---|---|---|")
    for handling, found in rows.items():
        overlap, before, after = (np.array([getattr(one, key) for one in found]) for key in Laid._fields[1:])
        print(
            f"| {handling} | {len(found)} | {np.percentile(overlap, 5):.3f} | {np.median(before):.1f} "
            f"| {np.median(after):.1f} | {np.percentile(after, 95):.1f} |"
        )
    print(f"{lost} pairs were not matched")


def _lungs(eyes: Eyes, phantom: Phantom) -> NDArray[np.bool_]:
    return eyes.lungs(to_display(phantom))


def _apart(one: Sequence[Point], other: Sequence[Point]) -> float:
    return float(np.mean(np.linalg.norm(np.array(one) - np.array(other), axis=1)))


if __name__ == "__main__":
    main()
