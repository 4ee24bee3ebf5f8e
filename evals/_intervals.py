"""Intervals of a rate."""

from scipy.stats import binomtest


def wilson(passed: int, total: int) -> tuple[float, float]:
    """Give the 95 % Wilson score interval (Wilson 1927) of passed out of total; (0, 1) for nothing at all."""
    if total == 0:
        return 0.0, 1.0
    interval = binomtest(passed, total).proportion_ci(confidence_level=0.95, method="wilson")
    return round(float(interval.low), 4), round(float(interval.high), 4)
