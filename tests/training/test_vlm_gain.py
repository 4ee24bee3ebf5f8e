"""What the reports of one VLM are worth against those of another on the same films."""

import numpy as np

from tests.needs import require

require("training")

from training.measures import macro_f1
from training.vlm_gain import gain

COUNT = 80
PATIENTS = np.arange(COUNT) // 2


def truth() -> np.ndarray:
    known = np.full((COUNT, 3), np.nan)
    known[:, 0] = np.arange(COUNT) % 2
    known[:60, 1] = np.arange(60) % 3 == 0
    known[:, 2] = np.arange(COUNT) < 2
    return known


def test_a_label_is_measured_where_it_is_known() -> None:
    said = np.nan_to_num(truth(), nan=1.0)
    assert macro_f1(truth()[:, :2], said[:, :2]) == 1.0
    said[60:, 1] = 0
    assert macro_f1(truth()[:, :2], said[:, :2]) == 1.0


def test_a_model_that_sees_more_gains_outside_its_interval() -> None:
    right, blind = np.nan_to_num(truth()), np.ones((COUNT, 3))
    found = gain(truth(), blind, right, PATIENTS)
    assert (found["after"], found["gain"]) == (1.0, round(1.0 - found["before"], 4))
    assert 0 < found["low"] <= found["gain"] <= found["high"]


def test_the_same_model_gains_nothing_and_a_label_of_two_films_does_not_count() -> None:
    said = np.nan_to_num(truth())
    said[:, 2] = 0
    found = gain(truth(), said, said, PATIENTS)
    assert (found["gain"], found["low"], found["high"], found["before"]) == (0.0, 0.0, 0.0, 1.0)
