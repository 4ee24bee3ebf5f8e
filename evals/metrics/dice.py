"""Dice coefficient (1945) and IoU (Jaccard 1912) of masks."""

from collections.abc import Sequence

import numpy as np

from overread.evals.metrics._masks import checked
from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard("dice", "Dice and IoU of masks", "mask", "higher", "Dice 1945; Jaccard 1912")


class Dice:
    """The means over pairs."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give both; two empty masks are unscored, one of them empty is 0."""
        dice: list[float | None] = []
        iou: list[float | None] = []
        for pair in pairs:
            truth, said = checked(pair)
            both, total = int(np.sum(truth & said)), int(truth.sum() + said.sum())
            dice.append(2 * both / total if total else None)
            iou.append(both / (total - both) if total else None)
        identity = "two empty masks are unscored"
        return [averaged("Dice", dice, identity), averaged("IoU of masks", iou, identity)]


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Dice()
