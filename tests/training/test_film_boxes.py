"""Boxes that radiologists drew, as places on the square canvas."""

import json

import numpy as np

from tests.needs import require

require("training")

from training.clip_data import DENSE_CHANNELS
from training.data import Row
from training.film_boxes import CELLS, NOT_IN_A_CLEAR_FILM, places_of


def film(*boxes: dict[str, object], clear: str = "0", width: int = 512, height: int = 512) -> Row:
    fields = {"No Finding": clear, "boxes": json.dumps(boxes), "width": str(width), "height": str(height)}
    return Row(fields)


def plane(row: Row, name: str) -> np.ndarray:
    return places_of(row)[DENSE_CHANNELS.index(name)]


def test_a_box_is_where_it_was_drawn_and_says_nothing_of_other_findings() -> None:
    row = film({"label": "Nodule", "x": 256, "y": 128, "w": 64, "h": 32})
    rows, columns = np.nonzero(plane(row, "Lung Lesion"))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 19, 32, 39)
    assert np.isnan(plane(row, "Pleural Effusion")).all()


def test_a_box_of_a_wide_film_moves_with_the_bars_of_its_canvas() -> None:
    row = film({"label": "Effusion", "x": 0, "y": 0, "w": 512, "h": 8}, height=256)
    rows, columns = np.nonzero(plane(row, "Pleural Effusion"))
    assert rows.tolist() == [16] * CELLS
    assert columns.max() == CELLS - 1


def test_a_box_smaller_than_a_place_or_at_the_edge_still_counts() -> None:
    row = film({"label": "Mass", "x": 511, "y": 511, "w": 1, "h": 1})
    assert np.argwhere(plane(row, "Lung Lesion") == 1).tolist() == [[CELLS - 1, CELLS - 1]]


def test_a_clear_film_shows_findings_nowhere_and_devices_nobody_knows() -> None:
    clear = film(clear="1")
    assert all(not plane(clear, name).any() for name in NOT_IN_A_CLEAR_FILM)
    assert np.isnan(plane(clear, "Support Devices")).all()


def test_a_box_of_the_heart_teaches_no_place() -> None:
    assert np.isnan(places_of(film({"label": "Cardiomegaly", "x": 1, "y": 1, "w": 99, "h": 99}))).all()
