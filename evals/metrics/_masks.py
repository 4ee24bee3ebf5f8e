"""Distances between the borders of two masks (bool arrays [rows, columns])."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, distance_transform_edt

from overread.errors import UsageError
from overread.evals.metrics._metric import Floats, Pair


def checked(pair: Pair) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Give both masks; raises `UsageError` where they differ in size."""
    if pair.reference.shape != pair.candidate.shape:
        raise UsageError(f"the masks of '{pair.id}' differ in size; give both in the size of the image")
    return pair.reference, pair.candidate


def border_distances(truth: NDArray[np.bool_], said: NDArray[np.bool_]) -> tuple[Floats, Floats] | None:
    """Give in pixels how far each border pixel of one mask is from the other's border; None where one is empty."""
    if not truth.any() or not said.any():
        return None
    left, right = _border(truth), _border(said)
    return _from(left, right), _from(right, left)


def _border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    inside: Any = binary_erosion(mask)
    return np.asarray(mask & ~inside, np.bool_)


def _from(border: NDArray[np.bool_], other: NDArray[np.bool_]) -> Floats:
    away: Any = distance_transform_edt(~other)
    return np.asarray(away[border], np.float64)
