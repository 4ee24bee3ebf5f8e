"""Average precision: the area under precision over recall, step by step, as scikit-learn computes it."""

from collections.abc import Sequence

import numpy as np

from overread.evals.metrics._metric import Floats, Given, Measured, Metric, MetricCard, Pair
from overread.evals.metrics._predicted import Predicted, predicted

CARD = MetricCard("average_precision", "Average precision", "score", "higher", "Davis and Goadrich, ICML 2006")


class AveragePrecision:
    """How much of what scores high is there."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the area; there is none where nothing is there."""
        table = predicted(pairs)
        share = float(table.truth.mean())
        identity = f"no interpolation; a random score reaches {share:.3f}"
        return [Measured("Average precision", (), lambda weight: _area(table, weight), identity)]


def _area(table: Predicted, weight: Floats) -> float:
    _, place = np.unique(-table.score, return_inverse=True)
    hits = np.cumsum(np.bincount(place, weights=weight * table.truth))
    said = np.cumsum(np.bincount(place, weights=weight))
    if not hits[-1]:
        return float("nan")
    precision = hits / np.maximum(said, 1e-12)
    return float((np.diff(hits, prepend=0.0) * precision).sum() / hits[-1])


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return AveragePrecision()
