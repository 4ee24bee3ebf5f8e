"""Intervals of a rate, and of any figure over items that come in clusters."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

DRAWS = 1000


def wilson(passed: int, total: int) -> tuple[float, float]:
    """Give the 95 % Wilson score interval (Wilson 1927) of passed out of total; (0, 1) for nothing at all."""
    if total == 0:
        return 0.0, 1.0
    interval = binomtest(passed, total).proportion_ci(confidence_level=0.95, method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)


def clustered(
    figure: Callable[[NDArray[np.float64]], float],
    clusters: Sequence[str] | NDArray[np.intp],
    seed: int = 0,
    draws: int = DRAWS,
) -> tuple[float, float, float]:
    """Give a figure of item weights (n,) with its 95 % interval: whole clusters are drawn with replacement.

    Percentile bootstrap over clusters (Cameron, Gelbach and Miller 2008); NaN draws are left out. `clusters` (n,).
    """
    value = figure(np.ones(len(clusters)))
    known = np.asarray([figure(weight) for weight in drawn(clusters, seed, draws)], np.float64)
    known = known[~np.isnan(known)]
    low, high = np.quantile(known, [0.025, 0.975]) if known.size else (value, value)
    return value, float(low), float(high)


def drawn(
    clusters: Sequence[str] | NDArray[np.intp], seed: int = 0, draws: int = DRAWS
) -> Iterator[NDArray[np.float64]]:
    """Give, draw by draw, how often each item (n,) counts when whole clusters are drawn with replacement."""
    _, of_item = np.unique(np.asarray(clusters), return_inverse=True)
    count = int(of_item.max()) + 1 if of_item.size else 0
    draw = np.random.default_rng(seed)
    for _ in range(draws if count else 0):
        times = np.bincount(draw.integers(0, count, count), minlength=count)
        yield times[of_item].astype(np.float64)


def weighted_mean(values: NDArray[np.float64]) -> Callable[[NDArray[np.float64]], float]:
    """Give the mean of values (n,) as a figure of item weights; NaN where nothing weighs."""

    def figure(weights: NDArray[np.float64]) -> float:
        total = float(weights.sum())
        return float((values * weights).sum() / total) if total else float("nan")

    return figure
