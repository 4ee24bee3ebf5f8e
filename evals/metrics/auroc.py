"""Area under the ROC curve (Hanley and McNeil 1982), ties halved."""

from collections.abc import Sequence

from overread.evals._ranking import auroc
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair
from overread.evals.metrics._predicted import predicted

CARD = MetricCard("auroc", "AUROC", "score", "higher", "Hanley and McNeil, Radiology 1982")


class Auroc:
    """How often what is there scores above what is not."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the area; there is none without both kinds."""
        truth, score = predicted(pairs)
        return [Measured("AUROC", (), lambda weight: auroc(truth, score, weight), "ties halved")]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Auroc()
