"""A second look: what the crop holds, which side the mirror tells, and what is counted."""

import numpy as np
import pytest

from tests.needs import require

require("training")

from overread.records import Region
from training.mirrored import Told, mirrored_difference, side_by_mirror, side_figures
from training.second_look import Pair, balanced, crop, zoom_figures

ROWS, COLUMNS = 120, 200
NUMBERED = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)


def edges(region: Region) -> tuple[int, int, int, int]:
    """Give the first and last row and column of the crop around a region."""
    part = crop(NUMBERED, region)
    return (*(int(v) for v in np.divmod(part[0, 0], COLUMNS)), *(int(v) for v in np.divmod(part[-1, -1], COLUMNS)))


def lung(left: int, right: int, top: int = 10, bottom: int = 110) -> np.ndarray:
    plane = np.zeros((ROWS, COLUMNS), np.bool_)
    plane[top:bottom, left:right] = True
    return plane


RIGHT, LEFT = lung(20, 80), lung(120, 180)


def test_a_crop_is_half_as_large_again_around_the_same_middle() -> None:
    assert edges(Region(x=80, y=40, width=40, height=40)) == (30, 70, 89, 129)


def test_a_small_place_is_shown_with_a_quarter_of_the_picture_around_it() -> None:
    assert edges(Region(x=99, y=59, width=2, height=2)) == (35, 75, 84, 124)


def test_a_crop_at_the_edge_is_moved_inside_and_not_made_smaller() -> None:
    assert edges(Region(x=0, y=80, width=40, height=40)) == (60, 0, 119, 59)
    assert edges(Region(x=0, y=0, width=COLUMNS, height=ROWS)) == (0, 0, ROWS - 1, COLUMNS - 1)


def test_lungs_that_mirror_each_other_do_not_differ() -> None:
    half = np.random.default_rng(0).integers(0, 255, (ROWS, COLUMNS // 2)).astype(np.uint8)
    picture = np.concatenate([half, half[:, ::-1]], 1)
    assert mirrored_difference(picture, RIGHT, LEFT) == 0.0
    assert side_by_mirror("Pneumothorax", picture, (RIGHT, LEFT)) is None


def test_fluid_is_the_brighter_side_below_and_counts_where_it_hides_the_lung() -> None:
    picture = np.full((ROWS, COLUMNS), 50, np.uint8)
    picture[80:110, 120:180] = 200
    seen = lung(120, 180, bottom=80)
    assert mirrored_difference(picture, RIGHT, seen, (2 / 3, 1.0)) == pytest.approx(-150 * 30 / 33)
    assert side_by_mirror("Pleural Effusion", picture, (RIGHT, seen)) == "left"
    assert side_by_mirror("Pleural Effusion", picture[:, ::-1], (RIGHT, seen[:, ::-1] & False)) is None
    assert side_by_mirror("Pleural Effusion", picture[:, ::-1], (seen[:, ::-1], LEFT)) == "right"


def test_air_is_the_darker_side_above() -> None:
    picture = np.full((ROWS, COLUMNS), 90, np.uint8)
    picture[10:30, 20:80] = 10
    assert side_by_mirror("Pneumothorax", picture, (RIGHT, LEFT)) == "right"
    assert side_by_mirror("Pneumothorax", picture[:, ::-1], (RIGHT, LEFT)) == "left"
    picture[60:110, 120:180] = 0
    assert side_by_mirror("Pneumothorax", picture, (RIGHT, LEFT)) == "right"


def test_a_side_that_is_not_told_counts_as_wrong_and_is_counted_apart() -> None:
    told = [
        Told("a", "left", "left", "left", "right"),
        Told("b", "left", None, "right", "left"),
        Told("c", "right", "left", "left", "right"),
    ]
    figures = side_figures(told)
    assert (figures["peak"], figures["mirror"]) == (0.333, 0.667)
    assert figures["region right"] == [1, 2]
    assert figures["without a region"] == {"count": 1, "peak": 0, "mirror": 1}
    assert figures["gain"][1] < figures["gain"][0] < figures["gain"][2]


def test_zoom_is_counted_against_the_whole_of_the_same_picture() -> None:
    found = [Pair(f"p{n}", n < 10, n < 5 or n == 19, n < 8) for n in range(20)]
    figures = zoom_figures(found)
    assert figures["whole"] == [0.7, 0.5, 0.9]
    assert figures["zoomed"] == [0.9, 0.8, 1.0]
    assert figures["gain"][0] == pytest.approx(0.2)
    assert figures["gain"][1] > 0
    assert figures["zoomed right where they differ"] == [4, 4]
    assert balanced(np.array([True, False]), np.array([True, True])) == 0.5
