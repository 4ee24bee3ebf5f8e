"""Recall at k of retrieval: the share of queries with something relevant among the first k."""

from collections.abc import Sequence

from overread.errors import UsageError
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard(
    "recall_at_k",
    "Recall@k",
    "ranking",
    "higher",
    "Manning et al., Introduction to Information Retrieval, 2008",
    options={"k": "places, such as 1,5,10"},
)


class RecallAtK:
    """The means over queries."""

    card = CARD

    def __init__(self, given: Given) -> None:
        text = given.checked(CARD).get("k", "1,5,10")
        parts = [part.strip() for part in text.split(",")]
        if not all(part.isdigit() and int(part) for part in parts):
            raise UsageError(f"recall_at_k.k={text}: give numbers from 1, such as 1,5,10")
        self._places = [int(part) for part in parts]

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give recall at each k; a query to which nothing is relevant is unscored."""
        return [
            averaged(f"Recall@{k}", [_found(pair, k) for pair in pairs], "any relevant one among the first k")
            for k in self._places
        ]


def _found(pair: Pair, k: int) -> float | None:
    return float(bool(pair.reference & set(pair.candidate[:k]))) if pair.reference else None


def build(given: Given) -> Metric:
    """Give the metric."""
    return RecallAtK(given)
