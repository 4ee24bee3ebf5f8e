"""Split a mask of both lungs into the patient's right and left."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

MIN_LUNG_FRACTION = 0.12
"""A component smaller than this part of the larger lung is an island of it, not the other lung."""


def split_lungs(both: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    """Give (right, left) in a frontal film, where the patient's right is on the image's left; None if one side lacks.

    Two large components: each island goes with the nearer of them. One component (lungs that touch): cut along the
    column between the two lobes of the mask's horizontal profile that holds the fewest lung pixels.
    """
    labels, count = ndimage.label(both)
    if count == 0:
        return None
    sizes = ndimage.sum_labels(both, labels, np.arange(1, count + 1))
    order = np.argsort(sizes)[::-1]
    if count >= 2 and sizes[order[1]] >= MIN_LUNG_FRACTION * sizes[order[0]]:
        return _by_component(both, labels == order[0] + 1, labels == order[1] + 1)
    return _by_valley(both)


def _by_component(
    both: NDArray[np.bool_], first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    columns = [float(np.nonzero(part)[1].mean()) for part in (first, second)]
    right, left = (first, second) if columns[0] < columns[1] else (second, first)
    if abs(columns[0] - columns[1]) < 0.1 * both.shape[1]:
        return None
    nearer_right = ndimage.distance_transform_edt(~right) <= ndimage.distance_transform_edt(~left)
    return both & nearer_right, both & ~nearer_right


def _by_valley(both: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]] | None:
    profile = ndimage.gaussian_filter1d(both.sum(0).astype(float), 2)
    columns = np.nonzero(profile > 0)[0]
    start, stop = columns[0], columns[-1]
    width = stop - start
    low, high = start + int(0.3 * width), start + int(0.7 * width)
    cut = low + int(profile[low : high + 1].argmin())
    sides = profile[start:cut].max(initial=0), profile[cut:stop].max(initial=0)
    if profile[cut] > 0.75 * min(sides):
        return None
    columns_of = np.arange(both.shape[1])[None]
    return both & (columns_of < cut), both & (columns_of >= cut)
