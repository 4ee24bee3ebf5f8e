"""An earlier picture is laid under the one at hand by its lungs, wherever the patient stood."""

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from overread.imaging.registration import align
from overread.reasoning.change import LEAST_OVERLAP
from overread.records import Region
from overread.testing.phantoms import render
from overread.testing.phantoms.pairs import HANDLINGS, Handling, sample_pair

Plane = NDArray[np.bool_]
NEAR = 0.06
"""Greatest distance of a landmark, as a part of the picture's side."""


def chest(rows: int = 200, columns: int = 200, *, x: float = 0.0, y: float = 0.0, scale: float = 1.0) -> Plane:
    """Draw two lungs, one lower than the other, moved by parts of the picture."""
    down, right = np.indices((rows, columns)) / np.array([rows, columns]).reshape(2, 1, 1)
    middle_x, middle_y = 0.5 + x, 0.5 + y
    lungs = np.zeros((rows, columns), bool)
    for side, low in ((-0.18, 0.02), (0.18, -0.02)):
        across = (right - middle_x - side * scale) / (0.12 * scale)
        along = (down - middle_y - low * scale) / (0.28 * scale)
        lungs |= across**2 + along**2 < 1
    return lungs


def test_a_chest_that_moved_is_found_where_it_went() -> None:
    laid = align(chest(), chest(x=0.1, y=-0.05, scale=0.8))
    assert laid is not None
    assert laid.overlap > 0.95
    assert laid.forward(100, 100) == pytest.approx((120, 90), abs=3)
    assert laid.backward(*laid.forward(30, 70)) == pytest.approx((30, 70))
    assert laid.growth == pytest.approx(0.64, abs=0.05)


def test_pictures_of_two_sizes_are_laid_over_each_other() -> None:
    laid = align(chest(100, 100), chest(400, 300))
    assert laid is not None
    assert laid.overlap > 0.95
    region = laid.region_now(Region(x=40, y=40, width=20, height=20), 300, 400)
    assert region is not None
    assert (region.x, region.y, region.width, region.height) == pytest.approx((120, 160, 60, 80), abs=4)


def test_a_region_that_left_the_picture_has_no_place() -> None:
    laid = align(chest(x=0.15), chest(x=-0.15))
    assert laid is not None
    assert laid.region_now(Region(x=0, y=0, width=10, height=10), 200, 200) is None
    assert laid.region_then(Region(x=150, y=0, width=50, height=10), 200, 200) is None


def test_no_lungs_no_alignment() -> None:
    assert align(np.zeros((50, 50), bool), chest()) is None
    assert align(chest(), np.zeros((50, 50), bool)) is None


def test_what_is_no_chest_does_not_overlap_one() -> None:
    bar = np.zeros((200, 200), bool)
    bar[90:100, 5:195] = True
    laid = align(bar, chest())
    assert laid is None or laid.overlap < LEAST_OVERLAP


def test_the_same_pair_has_the_same_alignment() -> None:
    assert align(chest(), chest(x=0.07)) == align(chest(), chest(x=0.07))


@pytest.mark.parametrize("handling", HANDLINGS)
def test_landmarks_of_a_phantom_come_to_lie_on_each_other(handling: Handling) -> None:
    pair = sample_pair(7, handling=handling)
    then, now = render(pair.then, 256), render(pair.now, 256)
    laid = align(lungs(then.masks), lungs(now.masks))
    assert laid is not None
    assert laid.overlap > 0.9
    distances = [
        np.hypot(*np.subtract(laid.forward(*old), new))
        for old, new in zip(landmarks(then.masks), landmarks(now.masks), strict=True)
    ]
    assert max(distances) < NEAR * 256


def lungs(masks: Mapping[str, Plane]) -> Plane:
    return masks["right_lung_full"] | masks["left_lung_full"]


def landmarks(masks: Mapping[str, Plane]) -> list[tuple[float, float]]:
    """Give the apex and the middle of each lung, (x, y)."""
    found = []
    for side in ("right", "left"):
        rows, columns = np.nonzero(masks[f"{side}_lung_full"])
        found.append((float(columns[rows == rows.min()].mean()), float(rows.min())))
        found.append((float(columns.mean()), float(rows.mean())))
    return found
