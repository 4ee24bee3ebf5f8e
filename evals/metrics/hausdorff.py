"""Hausdorff distance of the borders of masks, its 95th percentile, and the mean distance, by scipy's distances.

In millimetres where the reference row has `spacing_mm`, and in pixels for all: no spacing, no millimetres.
"""

from collections.abc import Callable, Sequence

import numpy as np

from overread.evals.metrics._masks import border_distances, checked
from overread.evals.metrics._metric import Floats, Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard("hausdorff", "Hausdorff distances", "mask", "lower", "Huttenlocher et al., PAMI 1993; scipy.ndimage")


def _percentile(left: Floats, right: Floats) -> float:
    return max(float(np.percentile(left, 95)), float(np.percentile(right, 95)))


def _mean(left: Floats, right: Floats) -> float:
    return float(np.concatenate([left, right]).mean())


MEASURES: dict[str, Callable[[Floats, Floats], float]] = {
    "Hausdorff": lambda left, right: max(float(left.max()), float(right.max())),
    "Hausdorff 95": _percentile,
    "Mean border distance": _mean,
}


class Hausdorff:
    """The means over pairs."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give each distance; a pair with an empty mask is unscored: it has none."""
        away = [border_distances(*checked(pair)) for pair in pairs]
        found = []
        for name, measure in MEASURES.items():
            pixels = [None if one is None else measure(*one) for one in away]
            found.append(averaged(f"{name}, pixels", pixels, "a pair with an empty mask is unscored", "lower"))
            if any(pair.spacing for pair in pairs):
                spaced = zip(pixels, pairs, strict=True)
                lengths = [
                    value * pair.spacing if value is not None and pair.spacing else None for value, pair in spaced
                ]
                identity = "of pairs with spacing_mm and no empty mask"
                found.append(averaged(f"{name}, mm", lengths, identity, "lower"))
        return found


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return Hausdorff()
