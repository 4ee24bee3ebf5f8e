"""The side of a finding by the difference between one lung and the mirror image of the other, held against a map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.reasoning.zones import Side, side_of
from overread.records import Region
from overread.tools._masks import bounding_box
from overread.tools._places import region_of
from training.measures import resampled
from training.placed import Plane
from training.places_eval import lung_boxes
from training.seen import SIDED, Seen

PART = {"Pleural Effusion": (2 / 3, 1.0), "Pneumothorax": (0.0, 1 / 3)}
"""Parts of the lungs' height between which they are compared: fluid lies low, and air rises. Over all of the height a
pneumothorax was on the side told in 14 of 23 validation phantoms, over the upper third in 18."""
BRIGHTER = {"Pleural Effusion": True, "Pneumothorax": False}
"""Whether the side with the label is the brighter one."""


@dataclass(frozen=True)
class Told:
    """Which side each way of looking tells of one finding that lies on one side."""

    patient: str
    truth: Side
    by_map: Side | None
    """Of the region, as the product tells it."""
    by_peak: Side | None
    """Of the highest place, which always tells one, as the mirror does."""
    by_mirror: Side | None


def mirrored_difference(
    picture: NDArray[np.uint8], right: Plane, left: Plane, part: tuple[float, float] = (0.0, 1.0)
) -> float | None:
    """Give the right lung's mean grey less the left's, -255 to 255, over the same places mirrored.

    The axis runs half way between the outer edges of both lungs; a place counts if it lies in the right lung or its
    mirror image in the left one, so that what hides one lung is compared as well. `part` is from where to where
    places count, in the lungs' height. None where a lung is missing.
    """
    box = bounding_box(right | left)
    if box is None or not right.any() or not left.any():
        return None
    first, end = (box.y + round(each * box.height) for each in part)
    inside = np.s_[first:end, box.x : box.x + box.width]
    grey = picture[inside].astype(np.float64)
    counted = right[inside] | left[inside][:, ::-1]
    if not counted.any():
        return None
    return float(grey[counted].mean() - grey[:, ::-1][counted].mean())


def side_by_mirror(label: str, picture: NDArray[np.uint8], lungs: Sequence[Plane]) -> Side | None:
    """Name the side of an effusion or a pneumothorax; None where a lung is missing or both are alike."""
    difference = mirrored_difference(picture, lungs[0], lungs[1], PART[label])
    if not difference:
        return None
    return "right" if (difference > 0) == BRIGHTER[label] else "left"


def sides(pictures: Sequence[Seen], lungs: Sequence[Sequence[Plane]]) -> dict[str, list[Told]]:
    """Tell the sides of what lies on one side, by the classifier's map and by the mirror, with the lungs given."""
    found: dict[str, list[Told]] = {label: [] for label in SIDED}
    for seen, outlined in zip(pictures, lungs, strict=True):
        for label, truth in seen.sides.items():
            found[label].append(_told(seen, label, truth, outlined))
    return found


def _told(seen: Seen, label: str, truth: Side, lungs: Sequence[Plane]) -> Told:
    places, shape = seen.places[label], seen.picture.shape
    row, column = np.unravel_index(places.argmax(), places.shape)
    x, y = int((column + 0.5) / places.shape[1] * shape[1]), int((row + 0.5) / places.shape[0] * shape[0])
    boxes = lung_boxes(lungs)
    region = region_of(places, shape)
    return Told(
        seen.patient,
        truth,
        side_of(region, boxes) if region else None,
        side_of(Region(x=x, y=y, width=1, height=1), boxes),
        side_by_mirror(label, seen.picture, lungs),
    )


def side_figures(told: Sequence[Told]) -> dict[str, Any]:
    """Give the shares of right sides, none told counted as wrong, and the mirror's gain over the highest place."""
    truth = [one.truth for one in told]
    silent = np.array([one.by_map is None for one in told])
    by_map, by_peak, by_mirror = (
        np.array([side == right for side, right in zip(said, truth, strict=True)], float)
        for said in zip(*((one.by_map, one.by_peak, one.by_mirror) for one in told), strict=True)
    )
    gain = by_mirror - by_peak
    draws = [gain[rows].mean() for rows in resampled(np.array([one.patient for one in told]))]
    return {
        "count": len(told),
        "region right": [int(by_map.sum()), int((~silent).sum())],
        "peak": round(float(by_peak.mean()), 3),
        "mirror": round(float(by_mirror.mean()), 3),
        "gain": [round(float(value), 3) for value in (gain.mean(), *np.quantile(draws, [0.025, 0.975]))],
        "without a region": {
            "count": int(silent.sum()),
            "peak": int(by_peak[silent].sum()),
            "mirror": int(by_mirror[silent].sum()),
        },
    }
