"""Paint over what is written in a picture."""

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from overread.pixel_text.found import TextBox

MARGIN = 0.25
"""Of the height of a line of text: how far beyond its box is painted."""
LEAST_MARGIN = 2
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
    return np.sort(around, axis=0)[len(around) // 2]
