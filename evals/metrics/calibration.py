"""Brier score (1950) and expected calibration error (Naeini et al., AAAI 2015) over ten bins of equal counts."""

from collections.abc import Sequence

from overread.evals._calibration import BINS, calibration_error
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, NotScored, Pair, averaged
from overread.evals.metrics._predicted import NO_PROBABILITY, predicted

CARD = MetricCard(
    "calibration", "Brier score and calibration error", "score", "lower", "Brier 1950; Naeini et al., AAAI 2015"
)


class Calibration:
    """How far probabilities are from what is."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured] | NotScored:
        """Give both; scores that are no probabilities have neither."""
        truth, score = table = predicted(pairs)
        if not table.probable:
            return NotScored(NO_PROBABILITY)
        brier = [float(value) for value in (score - truth) ** 2]

        identity = f"{BINS} bins of equal counts"
        return [
            averaged("Brier score", brier, "mean squared difference", "lower"),
            Measured("ECE", (), lambda weight: calibration_error(truth, score, weight), identity, "lower"),
        ]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Calibration()
