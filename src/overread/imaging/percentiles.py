"""Percentiles of 8-bit pictures by counting: to the digit those of `numpy.percentile`, which sorts."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LEVELS = 256


def percentiles(picture: NDArray[np.uint8], wanted: Sequence[float]) -> list[float]:
    """Give percentiles, 0 to 100, of a picture of at least one pixel, interpolated linearly between its grey levels."""
    return of_counts(np.bincount(picture.ravel(), minlength=LEVELS), wanted)


def of_counts(counts: NDArray[np.int64], wanted: Sequence[float]) -> list[float]:
    """Give percentiles of a picture by how often it has each grey level."""
    upto = np.cumsum(counts)
    last = int(upto[-1]) - 1
    return [_between(upto, last * (each / 100.0)) for each in wanted]


def _between(upto: NDArray[np.int64], place: float) -> float:
    below = int(place)
    part = place - below
    low = int(np.searchsorted(upto, below, side="right"))
    high = int(np.searchsorted(upto, min(below + 1, int(upto[-1]) - 1), side="right"))
    # As numpy rounds: from the end that is nearer.
    return low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part)
