"""CheXpert-style F1 (Irvin et al., AAAI 2019) by the rule labeler of Overread: micro and macro, 14 and 5 labels.

It is not the labeler of the paper, which cannot be installed any more; its figures are of this labeler's version.
"""

from collections.abc import Sequence

from overread.evals.metrics._label_f1 import UNCERTAIN, measured, uncertain_of
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair
from overread.labeler import VERSION, label_text

CARD = MetricCard(
    name="chexpert_f1",
    title="CheXpert-style F1 by the rule labeler",
    kind="text",
    better="higher",
    source="Irvin et al., AAAI 2019; overread label",
    options={"uncertain": UNCERTAIN},
)


class ChexpertF1:
    """Labels both reports by rule."""

    card = CARD

    def __init__(self, given: Given) -> None:
        self._uncertain = uncertain_of(given.checked(CARD), "absent")

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give F1 and agreement."""
        truth = [label_text(pair.reference) for pair in pairs]
        said = [label_text(pair.candidate) for pair in pairs]
        return list(measured(truth, said, self._uncertain, f"rule labeler {VERSION}", "CheXpert-style"))


def build(given: Given) -> Metric:
    """Give the metric."""
    return ChexpertF1(given)
