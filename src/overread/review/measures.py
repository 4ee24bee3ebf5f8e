"""What marks measure, worked out again from their points: the page's own figures are only for while it drags.

The cardiothoracic ratio is that of the widths of heart and thorax along the rows (Danzer 1919), as the tool has it.
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from overread.records import Spacing
from overread.records.marks import MarkKind

POINTS: dict[MarkKind, int] = {"ruler": 2, "angle": 3, "ratio": 4, "region": 2}
Points = Sequence[tuple[float, float]]


class Measured(NamedTuple):
    """A figure and its unit."""

    value: float | None
    unit: Literal["mm", "px", "deg", "1", "mm2", "px2"]


def measured(kind: MarkKind, points: Points, spacing: Spacing | None) -> Measured:
    """Measure `POINTS[kind]` points of a picture, in its pixels: millimetres only where a spacing gives them."""
    across, down = (spacing.column_mm, spacing.row_mm) if spacing else (1.0, 1.0)
    scaled = [(x * across, y * down) for x, y in points]
    if kind == "ruler":
        return Measured(math.dist(scaled[0], scaled[1]), "mm" if spacing else "px")
    if kind == "angle":
        return Measured(_angle(*scaled), "deg")
    if kind == "ratio":
        heart, thorax = abs(points[1][0] - points[0][0]), abs(points[3][0] - points[2][0])
        return Measured(heart / thorax if thorax else None, "1")
    (left, top), (right, bottom) = scaled
    return Measured(abs(right - left) * abs(bottom - top), "mm2" if spacing else "px2")


def _angle(one: tuple[float, float], vertex: tuple[float, float], other: tuple[float, float]) -> float:
    """Give degrees from 0 to 180."""
    from_, to = (math.atan2(end[1] - vertex[1], end[0] - vertex[0]) for end in (one, other))
    turn = abs(to - from_) % (2 * math.pi)
    return math.degrees(min(turn, 2 * math.pi - turn))
