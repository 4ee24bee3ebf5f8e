"""Boxes: from coverage to text and back."""

import numpy as np
import pytest

from tests.needs import require

require("training")


from training.grounding_eval import overlap
from training.phantom_cache import FINDING_CHANNELS, boxes_in
from training.questions import box_text


def test_a_box_is_drawn_around_all_of_a_finding() -> None:
    maps = np.zeros((len(FINDING_CHANNELS), 64, 64), np.float32)
    maps[0, 32:48, 16:32] = 1.0
    maps[1, 0, 0] = 0.1
    assert boxes_in(maps) == {FINDING_CHANNELS[0]: (25, 50, 50, 74)}


def test_the_text_of_a_box_has_two_digits_an_edge() -> None:
    assert box_text((0, 7, 25, 99)) == "00 07 25 99"
    assert box_text(None) == "none"


@pytest.mark.parametrize(
    ("said", "true", "share"),
    [
        ("10 10 20 20", "10 10 20 20", 1.0),
        ("10 10 20 20", "15 10 25 20", 1 / 3),
        ("10 10 20 20", "50 50 60 60", 0.0),
        ("20 20 10 10", "10 10 20 20", 0.0),
        ("none", "10 10 20 20", 0.0),
        ("a b c d", "10 10 20 20", 0.0),
    ],
)
def test_overlap_is_intersection_over_union(said: str, true: str, share: float) -> None:
    assert overlap(said, true) == pytest.approx(share)
