"""How well a score ranks what is there above what is not."""

import numpy as np
from numpy.typing import NDArray


def auroc(truth: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64] | None = None) -> float:
    """Give the area under the ROC curve, ties halved; NaN without both kinds. `weight` (n,) counts items."""
    counts = np.ones(truth.size) if weight is None else weight
    _, place = np.unique(score, return_inverse=True)
    positive = np.bincount(place, weights=counts * truth)
    negative = np.bincount(place, weights=counts * ~truth)
    pairs = positive.sum() * negative.sum()
    below = np.concatenate([[0.0], np.cumsum(negative)[:-1]])
    return float((positive * (below + negative / 2)).sum() / pairs) if pairs else float("nan")
