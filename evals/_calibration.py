"""How well probabilities say what is, and how surely the sure ones are right.

Arrays are of items: `truth` bool (n,), `chances` float (n,) 0 to 1, `wrong` bool (n,), `margin` float (n,).
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
BINS = 10


def bins_of(chances: Floats, count: int = BINS) -> list[NDArray[np.intp]]:
    """Give the places of the items of each of `count` bins of equal counts, in ascending order; none is empty."""
    return [one for one in np.array_split(np.argsort(chances, kind="stable"), count) if one.size]


def reliability(truth: Truth, chances: Floats, count: int = BINS) -> list[tuple[float, float, int]]:
    """Give (mean probability, share present, items) of each of `count` bins of equal counts, in ascending order."""
    return [(float(chances[one].mean()), float(truth[one].mean()), one.size) for one in bins_of(chances, count)]


def calibration_error(truth: Truth, chances: Floats, weight: Floats | None = None) -> float:
    """Give the expected calibration error, 0 to 1, over bins of equal counts; `weight` (n,) counts items."""
    counts = np.ones(truth.size) if weight is None else weight
    off = counts * (chances - truth)
    return float(sum(abs(off[one].sum()) for one in bins_of(chances)) / counts.sum())


def risk_coverage(wrong: Truth, margin: Floats) -> tuple[Floats, Floats]:
    """Give coverage and risk (n,) of keeping the surest items: their share, and the share of them that is wrong.

    El-Yaniv and Wiener 2010; sure is what lies far from the threshold. Ties are kept in the order of the items.
    """
    order = np.argsort(-np.abs(margin), kind="stable")
    kept = np.arange(1, wrong.size + 1, dtype=np.float64)
    return kept / wrong.size, np.cumsum(wrong[order]) / kept


def area_under_risk_coverage(wrong: Truth, margin: Floats, weight: Floats | None = None) -> float:
    """Give the mean risk over all coverages, 0 to 1 (Geifman and El-Yaniv 2017); `weight` (n,) counts items.

    Items that are equally sure are kept together: their order in the file changes nothing.
    """
    counts = np.ones(wrong.size) if weight is None else weight
    _, place = np.unique(-np.abs(margin), return_inverse=True)
    of_level = np.bincount(place, weights=counts)
    kept = np.cumsum(of_level)
    risk = np.cumsum(np.bincount(place, weights=counts * wrong)) / np.maximum(kept, 1e-12)
    return float((of_level * risk).sum() / kept[-1]) if kept[-1] else float("nan")
