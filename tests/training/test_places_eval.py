"""The pointing game: what a hit is, which side is right, and that one network alone speaks as its part of the heads."""

import numpy as np
import pytest

from tests.needs import require

require("training")

from overread.backends._activation import Look, contributions
from overread.backends._classifier import CELLS
from overread.imaging.letterbox import letterbox
from overread.records import Region
from training.classifier_features import TRUNKS
from training.place_voice import Voice
from training.placed import Plane
from training.places_eval import Pointed, boxes_of, figures, near, overlap, right_side

SIDE, CHANNELS = 12, 3
FEATURES = CHANNELS * (2 + CELLS**2)


def square(top: int, left: int, side: int = 100, size: int = 512) -> Plane:
    plane = np.zeros((size, size), np.bool_)
    plane[top : top + side, left : left + side] = True
    return plane


LUNGS = (square(100, 60, 160), square(100, 300, 160))


def test_a_hit_may_be_fifteen_of_512_pixels_off() -> None:
    assert near(square(100, 100), (150.0, 150.0))
    assert near(square(100, 100), (150.0, 214.0))
    assert not near(square(100, 100), (150.0, 216.0))
    small = square(50, 50, 50, 256)
    assert near(small, (75.5, 106.5))
    assert not near(small, (75.5, 108.0))


def test_the_box_of_one_of_several_places_counts_in_full() -> None:
    both = square(100, 60) | square(100, 300)
    one = Region(x=60, y=100, width=100, height=100)
    assert max(overlap(one, box) for box in boxes_of(both)) == 1.0
    assert overlap(one, Region(x=110, y=100, width=100, height=100)) == pytest.approx(1 / 3)
    assert overlap(one, Region(x=300, y=100, width=100, height=100)) == 0.0


def test_a_side_is_right_only_if_the_finding_has_no_other() -> None:
    right = Region(x=60, y=100, width=100, height=100)
    assert right_side(right, square(110, 70), LUNGS) is True
    assert right_side(right, square(110, 310), LUNGS) is False
    assert right_side(right, square(110, 70) | square(110, 310), LUNGS) is False
    assert right_side(Region(x=60, y=100, width=400, height=100), square(110, 70), LUNGS) is None


def test_figures_count_patients_and_keep_what_was_not_told_apart() -> None:
    def one(number: int, *, hit: bool, side: bool | None, size: str = "nodule") -> Pointed:
        return Pointed("Lung Lesion", f"p{number}", hit, 0.5, side, side is not None, 0.25, (size,))

    found = [one(n, hit=n < 15, side=None if n < 4 else n != 4) for n in range(20)]
    figure = figures([*found, one(20, hit=True, side=True, size="mass")])
    assert set(figure) == {"Lung Lesion", "Lung Lesion, nodule"}  # one mass is too few for a figure
    lesion = figure["Lung Lesion, nodule"]
    assert (lesion["hit"], lesion["count"], lesion["sides"], lesion["baseline"]) == (0.75, 20, 16, 0.25)
    assert lesion["low"] < 0.75 < lesion["high"]
    assert lesion["side"] == pytest.approx(15 / 16, abs=1e-4)
    assert lesion["given"] == 0.8


def test_one_network_alone_speaks_with_its_part_of_the_heads() -> None:
    draw = np.random.default_rng(0)
    own = draw.normal(size=(len(TRUNKS), 1, FEATURES)).astype(np.float32)
    shifts = draw.normal(size=(len(TRUNKS), 1)).astype(np.float32)
    slope, shift = 1.7, -0.4
    arrays = {
        "network_weight": own,
        "network_bias": shifts,
        "label_weight": (slope / len(TRUNKS) * own.reshape(1, -1)).astype(np.float32),
        "label_bias": np.array([slope * shifts.mean() + shift], np.float32),
    }
    voice = Voice(arrays, 0, 0)
    maps = draw.normal(size=(CHANNELS, SIDE, SIDE)).astype(np.float32)
    features = draw.normal(size=FEATURES).astype(np.float32)
    look = Look(features, maps, letterbox(np.zeros((192, 192), np.uint8), 192))
    for fold in range(len(TRUNKS)):
        logit = slope * float(own[fold, 0] @ features + shifts[fold, 0]) + shift
        assert voice.chance([look], fold) == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-4)
        peak = contributions(maps, slope * own[fold, 0], CELLS).max()
        assert voice.map([look], fold).max() == pytest.approx(peak, rel=0.2)
    assert voice.by == "class activation"
