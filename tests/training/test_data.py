"""Splits, masks and licences: what training may see."""

from pathlib import Path

import numpy as np
import pytest

from training.data import fit_mask, manifest
from training.lungs import split_lungs
from training.splits import split_of


def test_a_patient_is_always_in_the_same_split_and_shares_come_near_seventy_ten_twenty() -> None:
    found = [split_of(f"nih:{number}") for number in range(4000)]
    assert found == [split_of(f"nih:{number}") for number in range(4000)]
    shares = {name: found.count(name) / 4000 for name in ("train", "val", "test")}
    assert shares == pytest.approx({"train": 0.7, "val": 0.1, "test": 0.2}, abs=0.03)


def test_two_separate_lungs_become_the_patients_right_on_the_images_left() -> None:
    both = np.zeros((100, 100), bool)
    both[20:80, 10:40] = True
    both[20:80, 60:90] = True
    sides = split_lungs(both)
    assert sides is not None
    assert sides[0][:, :50].sum() == both[:, :50].sum()
    assert not sides[0][:, 50:].any()
    assert sides[1][:, 50:].sum() == both[:, 50:].sum()


def test_lungs_that_touch_are_cut_at_the_narrow_middle() -> None:
    both = np.zeros((100, 100), bool)
    both[20:80, 10:45] = True
    both[20:80, 55:90] = True
    both[25:30, 45:55] = True
    sides = split_lungs(both)
    assert sides is not None
    assert abs(int(sides[0].sum()) - int(sides[1].sum())) < 60


def test_one_lung_alone_is_not_given_a_second_side() -> None:
    both = np.zeros((100, 100), bool)
    both[20:80, 10:45] = True
    assert split_lungs(both) is None


def test_a_mask_keeps_its_aspect_on_the_square_canvas() -> None:
    canvas = fit_mask(np.ones((50, 100), bool), 64)
    assert canvas.sum() == 32 * 64
    assert not canvas[:16].any()


@pytest.mark.data
def test_no_non_commercial_or_share_alike_row_may_teach(data: Path) -> None:
    rows = manifest()
    assert len(rows) > 3000
    for row in rows:
        if row.trainable:
            assert "NC" not in row.fields["licence"]
            assert "SA" not in row.fields["licence"].split()
            assert "SA" not in row.fields["licence"].split("-")
