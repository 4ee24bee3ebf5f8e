"""The side of a finding by the difference between one lung and the mirror image of the other, held against a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.reasoning.zones import Side, side_of
from overread.tools._masks import bounding_box
from overread.tools._places import region_of
from training.measures import resampled
from training.placed import Plane
from training.places_eval import lung_boxes
from training.seen import SIDED, Seen

FROM = {"Pleural Effusion": 2 / 3, "Pneumothorax": 0.0}
"""Part of the lungs' height from which down they are compared: fluid lies low, air anywhere."""
BRIGHTER = {"Pleural Effusion": True, "Pneumothorax": False}
"""Whether the side with the label is the brighter one."""


@dataclass(frozen=True)
class Told:
    """Which side each way of looking tells of one finding that lies on one side."""

    patient: str
    truth: Side
    by_map: Side | None
    by_mirror: Side | None


def mirrored_difference(picture: NDArray[np.uint8], right: Plane, left: Plane, start: float = 0.0) -> float | None:
    """Give the right lung's mean grey less the left's, -255 to 255, over the same places mirrored.

    The axis runs half way between the outer edges of both lungs; a place counts if it lies in the right lung or its
    mirror image in the left one, so that what hides one lung is compared as well. `start` is the part of the lungs'
    height from which down places count. None where a lung is missing.
    """
    box = bounding_box(right | left)
    if box is None or not right.any() or not left.any():
        return None
    inside = np.s_[box.y + int(start * box.height) : box.y + box.height, box.x : box.x + box.width]
    grey = picture[inside].astype(np.float64)
    counted = right[inside] | left[inside][:, ::-1]
    if not counted.any():
        return None
    return float(grey[counted].mean() - grey[:, ::-1][counted].mean())


def side_by_mirror(label: str, picture: NDArray[np.uint8], lungs: Sequence[Plane]) -> Side | None:
    """Name the side of an effusion or a pneumothorax; None where a lung is missing or both are alike."""
    difference = mirrored_difference(picture, lungs[0], lungs[1], FROM[label])
    if not difference:
        return None
    return "right" if (difference > 0) == BRIGHTER[label] else "left"


def sides(pictures: Sequence[Seen], lungs: Sequence[Sequence[Plane]]) -> dict[str, list[Told]]:
    """Tell the sides of what lies on one side, by the classifier's map and by the mirror, with the lungs given."""
    found: dict[str, list[Told]] = {label: [] for label in SIDED}
    for seen, outlined in zip(pictures, lungs, strict=True):
        for label, truth in seen.sides.items():
            region = region_of(seen.places[label], seen.picture.shape)
            by_map = side_of(region, lung_boxes(outlined)) if region else None
            found[label].append(Told(seen.patient, truth, by_map, side_by_mirror(label, seen.picture, outlined)))
    return found


def side_figures(told: Sequence[Told]) -> dict[str, Any]:
    """Give the shares of right sides, none told counted as wrong, and their difference with its interval."""
    by_map = np.array([one.by_map == one.truth for one in told], float)
    by_mirror = np.array([one.by_mirror == one.truth for one in told], float)
    silent = np.array([one.by_map is None for one in told])
    gain = by_mirror - by_map
    low, high = np.quantile(
        [gain[rows].mean() for rows in resampled(np.array([one.patient for one in told]))], [0.025, 0.975]
    )
    return {
        "count": len(told),
        "map": round(float(by_map.mean()), 3),
        "map told": int((~silent).sum()),
        "map right where told": round(float(by_map[~silent].mean()), 3) if not silent.all() else None,
        "mirror": round(float(by_mirror.mean()), 3),
        "gain": [round(float(value), 3) for value in (gain.mean(), low, high)],
        "mirror right where the map is silent": [int(by_mirror[silent].sum()), int(silent.sum())],
    }
