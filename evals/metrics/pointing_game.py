"""Pointing game (Zhang et al., ECCV 2016): does the point, such as a map's maximum, lie in a reference box?"""

from collections.abc import Sequence

from overread.evals.metrics._metric import Given, Measured, Metric, MetricCard, Pair, averaged

CARD = MetricCard("pointing_game", "Pointing game", "point", "higher", "Zhang et al., ECCV 2016; no tolerance")


class PointingGame:
    """The share of images where it does."""

    card = CARD

    def missing(self) -> None:
        """Need nothing."""

    def measure(self, pairs: Sequence[Pair]) -> Sequence[Measured]:
        """Give the share; an image without a reference box is unscored."""
        return [averaged("Pointing game", [_hit(pair) for pair in pairs], "no tolerance around boxes")]


def _hit(pair: Pair) -> float | None:
    across, down = pair.candidate
    boxes = pair.reference
    return float(any(x0 <= across <= x1 and y0 <= down <= y1 for x0, y0, x1, y1 in boxes)) if len(boxes) else None


def build(given: Given) -> Metric:
    """Give the metric."""
    given.checked(CARD)
    return PointingGame()
