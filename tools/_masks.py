"""Turn a probability map into the mask of one organ."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.records import Region

BoolPlane = NDArray[np.bool_]


def organ_mask(probability: NDArray[np.float32], threshold: float) -> BoolPlane:
    """Give the largest connected part of a map [rows, columns] at or above the threshold, its holes filled.

    The mask has the map's shape; it is all False when nothing reaches the threshold.
    """
    above = probability >= threshold
    region = bounding_box(above)
    if region is None:
        return above
    # Only inside the box: radiographs are large, and labelling the empty rest of one takes most of the time.
    inside = np.s_[region.y : region.y + region.height, region.x : region.x + region.width]
    mask = np.zeros_like(above)
    mask[inside] = filled(_largest(above[inside]))
    return mask


def bounding_box(mask: BoolPlane) -> Region | None:
    """Give the smallest rectangle, in pixels, around a mask [rows, columns], or None when it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    top, left = int(rows[0]), int(columns[0])
    return Region(x=left, y=top, width=int(columns[-1]) - left + 1, height=int(rows[-1]) - top + 1)


def _largest(mask: BoolPlane) -> BoolPlane:
    labelled, _ = ndimage.label(mask)
    sizes = np.bincount(labelled.ravel())
    sizes[0] = 0
    return np.asarray(labelled == sizes.argmax(), np.bool_)


def filled(mask: BoolPlane) -> BoolPlane:
    """Fill background that does not reach the edge (`ndimage.binary_fill_holes` does the same, many times slower)."""
    outside, _ = ndimage.label(~np.pad(mask, 1))
    return np.asarray((outside != outside[0, 0])[1:-1, 1:-1], np.bool_)
