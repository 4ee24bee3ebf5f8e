"""Figures against what is known of them, and against scikit-learn's where it is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overread.evals._calibration import calibration_error, reliability, risk_coverage
from overread.evals._ranking import auroc
from overread.measuring.statistics import (
    MOST_POINTS,
    Interval,
    balanced_accuracy,
    fit,
    folds,
    operating_curve,
    out_of_fold,
    over_patients,
    predictive_values,
    rates,
)


def drawn(count: int = 400, apart: float = 1.5, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw truth, logits of unit spread that lie `apart`, and two films a patient."""
    rng = np.random.default_rng(seed)
    truth = rng.random(count) < 0.3
    return truth, rng.normal(size=count) + apart * truth, np.arange(count) // 2


def test_auroc_counts_pairs_and_halves_ties() -> None:
    truth = np.array([True, True, False, False])
    assert auroc(truth, np.array([0.9, 0.8, 0.1, 0.2])) == 1.0
    assert auroc(truth, np.array([0.1, 0.2, 0.9, 0.8])) == 0.0
    assert auroc(truth, np.full(4, 0.5)) == 0.5
    assert auroc(truth, np.array([0.9, 0.5, 0.5, 0.1])) == 0.875
    assert np.isnan(auroc(np.ones(3, np.bool_), np.arange(3.0)))


def test_a_weight_of_two_is_a_film_twice() -> None:
    truth, score, _ = drawn(60)
    weight = np.random.default_rng(3).integers(0, 3, 60).astype(float)
    twice = np.repeat(np.arange(60), weight.astype(int))
    assert auroc(truth, score, weight) == pytest.approx(auroc(truth[twice], score[twice]))
    said = score > 1
    assert rates(truth, said, weight) == pytest.approx(rates(truth[twice], said[twice]))


def test_an_interval_holds_its_figure_and_is_wider_when_films_of_a_patient_are_alike() -> None:
    truth, score, _ = drawn(200)
    alone = over_patients(lambda weight: auroc(truth, score, weight), np.arange(200))
    copies = np.repeat(np.arange(200), 4)
    clustered = over_patients(lambda weight: auroc(truth[copies], score[copies], weight), copies)
    as_if_alone = over_patients(lambda weight: auroc(truth[copies], score[copies], weight), np.arange(800))
    assert alone.low < alone.value < alone.high
    assert clustered.high - clustered.low > 1.5 * (as_if_alone.high - as_if_alone.low)


def test_no_patient_is_in_two_folds_and_each_fold_has_both_kinds() -> None:
    truth, _, patient = drawn(120)
    fold = folds(truth, patient)
    assert all(len(set(fold[patient == one])) == 1 for one in set(patient))
    assert all(0 < truth[fold == one].sum() < (fold == one).sum() for one in range(5))


def test_calibration_recovers_the_slope_and_intercept_that_were_drawn() -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(size=20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-(2.0 * logits - 1.0)))
    point = fit(truth, logits)
    assert (point.slope, point.intercept) == pytest.approx((2.0, -1.0), abs=0.1)
    assert point.low <= point.threshold <= point.high


def test_figures_out_of_fold_are_sane_and_those_of_noise_are_chance() -> None:
    truth, logits, patient = drawn()
    chances, said, margin = out_of_fold(truth, 7 * logits + 3, patient)
    assert (said == (margin >= 0)).all()
    assert margin.min() < -1
    assert margin.max() > 1
    assert balanced_accuracy(truth, said) == pytest.approx(0.77, abs=0.06)
    assert calibration_error(truth, chances) < 0.06
    noise = np.random.default_rng(9).normal(size=400)
    assert balanced_accuracy(truth, out_of_fold(truth, noise, patient)[1]) == pytest.approx(0.5, abs=0.07)


def test_a_score_that_ranks_the_wrong_way_round_is_not_turned_round() -> None:
    truth, logits, patient = drawn()
    assert fit(truth, -logits).slope < 0.01
    assert balanced_accuracy(truth, out_of_fold(truth, -logits, patient)[1]) < 0.55


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_score_is_no_error(value: float) -> None:
    truth, _, patient = drawn(60)
    chances = out_of_fold(truth, np.full(60, value), patient).chances
    assert np.isfinite(chances).all()


def test_classes_that_do_not_overlap_leave_nothing_to_abstain() -> None:
    truth = np.arange(40) % 2 == 0
    point = fit(truth, np.where(truth, 4.0, -4.0))
    assert point.low == point.threshold == point.high
    assert Interval(0.123456, 0, 1).as_data() == {"value": 0.1235, "low": 0, "high": 1}


SHARES = st.floats(0.0, 1.0)
FILMS = st.lists(st.tuples(st.booleans(), SHARES), min_size=2, max_size=80).filter(lambda films: len(dict(films)) > 1)


@given(FILMS)
def test_a_curve_is_within_bounds_monotone_and_the_rates_at_its_thresholds(films: list[tuple[bool, float]]) -> None:
    truth, chances = np.array([one for one, _ in films]), np.array([chance for _, chance in films])
    if truth.all() or not truth.any():
        return
    curve = operating_curve(truth, chances)
    cut, sensitivity, specificity = np.array(curve).T
    assert 1 <= len(curve) <= MOST_POINTS
    assert ((np.array(curve) >= 0) & (np.array(curve) <= 1)).all()
    assert (np.diff(cut) > 0).all()
    assert (np.diff(sensitivity) <= 0).all()
    assert (np.diff(specificity) >= 0).all()
    assert (sensitivity[0], specificity[0]) == (1.0, 0.0)
    for threshold, one, other in curve:
        assert (one, other) == pytest.approx(rates(truth, chances >= threshold), abs=1e-4)


@given(SHARES, SHARES, SHARES)
def test_predictive_values_are_shares_or_not_said(sensitivity: float, specificity: float, prevalence: float) -> None:
    for value in predictive_values(sensitivity, specificity, prevalence):
        assert value is None or 0.0 <= value <= 1.0


def test_predictive_values_are_those_of_the_very_films() -> None:
    truth, logits, _ = drawn()
    said = logits > 1
    positive, negative = predictive_values(*rates(truth, said), float(truth.mean()))
    assert positive == pytest.approx(truth[said].mean())
    assert negative == pytest.approx((~truth[~said]).mean())
    assert predictive_values(0.0, 1.0, 0.5) == (None, 0.5)


def test_risk_of_all_is_the_error_and_the_surest_are_kept_first() -> None:
    wrong, margin = np.array([True, False, False, True]), np.array([0.1, -0.9, 0.5, -0.2])
    coverage, risk = risk_coverage(wrong, margin)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk.tolist() == pytest.approx([0.0, 0.0, 1 / 3, 0.5])


def test_bins_of_reliability_hold_every_film_once_in_ascending_order() -> None:
    truth, logits, _ = drawn(83)
    bins = reliability(truth, 1 / (1 + np.exp(-logits)))
    assert sum(count for _, _, count in bins) == 83
    assert sorted(bins) == bins
