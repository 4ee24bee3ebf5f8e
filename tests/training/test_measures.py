"""Figures over several labels at once."""

import numpy as np
import pytest

from tests.needs import require

require("training")


from training.measures import CURVE_POINTS, curve, macro_f1, macro_figures, prevalence

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


def test_a_curve_holds_what_each_of_its_thresholds_decides() -> None:
    draw = np.random.default_rng(2)
    truth = (draw.random(500) < 0.1).astype(float)
    chance = np.clip(0.2 + 0.3 * truth + 0.2 * draw.normal(size=500), 0, 1)
    points = curve(truth, chance)
    cuts = [cut for cut, _, _ in points]
    assert cuts == sorted(set(cuts))
    assert 10 < len(points) <= CURVE_POINTS
    for cut, sensitivity, specificity in points:
        assert sensitivity == pytest.approx((chance[truth == 1] >= cut).mean(), abs=1e-4)
        assert specificity == pytest.approx((chance[truth == 0] < cut).mean(), abs=1e-4)


def test_a_curve_starts_where_all_are_called_and_keeps_the_surest_positive() -> None:
    truth = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    chance = np.array([0.1, 0.123456789, 0.3, 0.987654321, 0.5])
    points = curve(truth, chance)
    assert points[0][1:] == [1.0, 0.0]
    assert points[-1] == [0.98765, 0.5, 1.0]


def test_prevalence_is_of_the_images_that_state_a_label() -> None:
    labels = np.array([[1.0, NAN, 0.0], [0.0, NAN, 0.0], [0.0, NAN, 0.0], [NAN, NAN, 0.0]])
    assert prevalence(labels, ("Edema", "Fracture", "Pneumonia")) == {"Edema": 0.3333}
