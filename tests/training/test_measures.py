"""Figures over several labels at once."""

import numpy as np
import pytest

from tests.needs import require

require("training")


from training.measures import macro_f1, macro_figures

NAN = float("nan")


def test_macro_f1_leaves_unknown_truths_out() -> None:
    truth = np.array([[1.0, 1.0], [0.0, NAN], [1.0, 0.0]])
    said = np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    assert macro_f1(truth, said) == pytest.approx((2 / 3 + 1.0) / 2)


def test_always_saying_present_has_no_margin_over_itself() -> None:
    truth = (np.random.default_rng(0).random((80, 3)) < 0.3).astype(float)
    figures = macro_figures(truth, np.ones_like(truth))
    assert figures["margin over always present"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": 80}


def test_the_interval_holds_the_figure_and_excludes_nothing_it_should_not() -> None:
    draw = np.random.default_rng(1)
    truth = (draw.random((200, 4)) < 0.3).astype(float)
    said = np.where(draw.random(truth.shape) < 0.1, 1 - truth, truth)
    found = macro_figures(truth, said)["macro f1"]
    assert found["low"] < found["value"] < found["high"]
    assert macro_figures(truth, said)["margin over always present"]["low"] > 0.2
