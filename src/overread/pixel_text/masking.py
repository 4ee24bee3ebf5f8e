"""Paint over what is written in a picture: in one grey for people, smoothly for models, which a patch moves as well."""

import math
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from skimage.measure import block_reduce
from skimage.restoration import inpaint_biharmonic
from skimage.transform import resize

from overread.pixel_text.found import TextBox

MARGIN = 0.25
"""Of the height of a line of text: how far beyond its box is painted."""
LEAST_MARGIN = 2
SOLVED = 6_000
"""Pixels that are solved for at a time (a tenth of a second): a larger area is filled at a fraction of its size."""
GreyT = TypeVar("GreyT", bound=np.generic)


def identifying(boxes: Iterable[TextBox]) -> tuple[TextBox, ...]:
    """Give the boxes that may tell who somebody is, or what a model should say: all but side markers."""
    return tuple(box for box in boxes if box.kind != "side_marker")


def masked(picture: NDArray[GreyT], boxes: Iterable[TextBox]) -> NDArray[GreyT]:
    """Give a copy [rows, columns, …] with every box filled by the median around it, so that no edge is left to read."""
    copy = picture.copy()
    for box in boxes:
        rows, columns = _area(box, copy.shape, _margin(box))
        copy[rows, columns] = _around(picture, box)
    return copy


def filled(picture: NDArray[GreyT], boxes: Iterable[TextBox]) -> NDArray[GreyT]:
    """Give a copy [rows, columns] with every box filled from what lies around it (biharmonic; Damelin and Hoang 2018).

    A patch of one grey has edges, and moved a finding of the embedded models where this moves none (docs/evals.md).
    """
    copy, areas = picture.copy(), [(_area(box, picture.shape, _margin(box)), _margin(box)) for box in boxes]
    hidden = np.zeros(picture.shape, np.bool_)
    for (rows, columns), _ in areas:
        hidden[rows, columns] = True
    for (rows, columns), margin in areas:
        around = _grown(rows, margin), _grown(columns, margin)
        if hidden[around].all():
            copy[rows, columns] = _middle(picture[around].ravel())
            continue
        smooth = np.round(_smooth(picture[around].astype(np.float64), hidden[around]))
        copy[around] = np.where(hidden[around], smooth.astype(picture.dtype), copy[around])
    return copy


def _grown(span: slice, by: int) -> slice:
    return slice(max(0, span.start - by), span.stop + by)


def _smooth(window: NDArray[np.float64], hidden: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the window with its hidden pixels filled, within the range of those that are seen."""
    low, high = float(window[~hidden].min()), float(window[~hidden].max())
    step = math.ceil(math.sqrt(hidden.sum() / SOLVED))
    known = np.where(hidden, low, window)
    if step > 1:
        # A block with one hidden pixel is hidden whole: none of what was written is averaged into what is kept.
        whole = [(0, -size % step) for size in window.shape]
        known = block_reduce(np.pad(known, whole, "edge"), step, np.mean)  # type: ignore[no-untyped-call]
        hidden = block_reduce(np.pad(hidden, whole, "edge"), step, np.max)  # type: ignore[no-untyped-call]
    if hidden.all():
        return np.full(window.shape, (low + high) / 2)
    solved = inpaint_biharmonic((known - low) / max(high - low, 1.0), hidden)
    if step > 1:
        solved = resize(solved, [size * step for size in solved.shape], order=1)  # type: ignore[no-untyped-call]
    fill: NDArray[np.float64] = np.clip(solved[: window.shape[0], : window.shape[1]], 0, 1)
    return fill * (high - low) + low


def _margin(box: TextBox) -> int:
    return max(LEAST_MARGIN, round(MARGIN * min(box.height, box.width)))


def _area(box: TextBox, shape: tuple[int, ...], margin: int) -> tuple[slice, slice]:
    rows = slice(max(0, box.top - margin), min(shape[0], box.top + box.height + margin))
    columns = slice(max(0, box.left - margin), min(shape[1], box.left + box.width + margin))
    return rows, columns


def _around(picture: NDArray[Any], box: TextBox) -> Any:
    """Give the median of a frame around the painted area; that of the area itself where it fills the picture."""
    inner, outer = (_area(box, picture.shape, share * _margin(box)) for share in (1, 2))
    frame = np.ones(picture.shape[:2], np.bool_)[outer]
    top, left = inner[0].start - outer[0].start, inner[1].start - outer[1].start
    frame[top : top + inner[0].stop - inner[0].start, left : left + inner[1].stop - inner[1].start] = False
    around = picture[outer][frame] if frame.any() else picture[inner].reshape(-1, *picture.shape[2:])
    return _middle(around)


def _middle(greys: NDArray[Any]) -> Any:
    return np.sort(greys, axis=0)[len(greys) // 2]
