"""Risk over coverage: how much is wrong of what is kept when the least sure abstain (El-Yaniv and Wiener 2010)."""

from collections.abc import Sequence

import numpy as np

from overread.errors import UsageError
from overread.evals._calibration import Truth, area_under_risk_coverage
from overread.evals.metrics._metric import Floats, Given, Measured, Metric, MetricCard, NotScored, Pair
from overread.evals.metrics._predicted import NO_PROBABILITY, log_odds, predicted

CARD = MetricCard(
    "risk_coverage",
    "AURC and the risk at 80 % coverage",
    "score",
    "lower",
    "El-Yaniv and Wiener, JMLR 2010; Geifman and El-Yaniv, NeurIPS 2017",
    options={"threshold": "probability from which present is said; 0.5 without it"},
)
KEPT = 0.8


class RiskCoverage:
    """How well a score knows when it is wrong."""

    card = CARD

    def __init__(self, given: Given) -> None:
        self._threshold = threshold_of(given.checked(CARD).get("threshold", "0.5"))

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured] | NotScored:
        """Give the area and one point of the curve; scores that are no probabilities have neither."""
        truth, score = table = predicted(pairs)
        if not table.probable:
            return NotScored(NO_PROBABILITY)
        wrong = (score >= self._threshold) != truth
        margin = margin_of(score, self._threshold)
        identity = f"threshold {self._threshold:g}, sure by log odds"
        return [
            Measured("AURC", (), lambda weight: area_under_risk_coverage(wrong, margin, weight), identity, "lower"),
            Measured("Risk at 80 % coverage", (), lambda weight: _risk(wrong, margin, weight), identity, "lower"),
        ]


def threshold_of(text: str) -> float:
    """Read a threshold; raises `UsageError` for one that is not between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = np.nan
    if not 0 < value < 1:
        raise UsageError(f"risk_coverage.threshold={text}: give a number between 0 and 1")
    return value


def margin_of(score: Floats, threshold: float) -> Floats:
    """Give how far log odds lie from those of the threshold."""
    return np.abs(log_odds(score) - log_odds(np.asarray(threshold)))


def _risk(wrong: Truth, margin: Floats, weight: Floats) -> float:
    """Give the share that is wrong of the surest 80 %, the last level cut in proportion."""
    _, place = np.unique(-margin, return_inverse=True)
    of_level = np.bincount(place, weights=weight)
    bad = np.bincount(place, weights=weight * wrong)
    room = KEPT * of_level.sum()
    taken = np.clip(room - (np.cumsum(of_level) - of_level), 0.0, of_level)
    share = np.divide(taken, of_level, out=np.zeros_like(taken), where=of_level > 0)
    return float((share * bad).sum() / room) if room else float("nan")


def build(given: Given) -> Metric:
    """Give the metric."""
    return RiskCoverage(given)
