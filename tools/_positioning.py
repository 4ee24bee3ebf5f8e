"""How the chest lies in the picture, from the masks of the lungs: breath, turn about the long axis, cut edges.

What a reader judges by ribs and clavicles (Radiology Masterclass, Chest X-ray quality: inspiration, rotation,
inclusion) is taken from the outline of the lungs, since no model here sees a single rib. The limits are in
`overread.reasoning.positioning`, with how they were chosen.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from overread.imaging.quality import content_box
from overread.ports import Picture
from overread.precision import settled
from overread.reasoning.positioning import BASE_CUT, BREATH, TURN
from overread.records import Measurement
from overread.tools._masks import BoolPlane, bounding_box

UPPER = (0.15, 0.45)
"""Rows of the lungs' height, from the apex, in which only trachea and great vessels lie between the lungs."""
EDGE = 0.01
"""Part of the picture's height within which a lung counts as touching the lower edge."""
LUNGS = ("right_lung", "left_lung")


def positioning(masks: Mapping[str, BoolPlane], picture: Picture) -> Iterator[Measurement]:
    """Measure non-empty lung masks [rows, columns] of a frontal picture of that shape; nothing where one is missing.

    `lung_height_to_width`: mean height of the lungs over the width of both. `midline_offset`: how far the middle
    between the lungs' inner edges lies from that between the outer ones, over the width of both. `lung_base_at_edge`:
    the part of the lungs' widths that lies on the lower edge of the exposed field. None says which side is which.
    """
    if not all(name in masks and masks[name].any() for name in LUNGS):
        return
    one, other = sorted((masks[name] for name in LUNGS), key=_middle)
    yield _figure(BREATH, _breath(one, other), "mean height of the lung masks over their common width")
    if (offset := _offset(one, other)) is not None:
        yield _figure(TURN, offset, "middle of the inner edges of the upper lungs against that of the outer ones")
    yield _figure(BASE_CUT, _base_cut(one, other, picture), "part of the lung masks' widths on the lower edge")


def _figure(name: str, value: float, method: str) -> Measurement:
    return Measurement(name=name, value=settled(value), unit="1", method=method)


def _middle(mask: BoolPlane) -> float:
    return float(np.flatnonzero(mask.any(axis=0)).mean())


def _breath(one: BoolPlane, other: BoolPlane) -> float:
    heights = [np.ptp(np.flatnonzero(mask.any(axis=1))) + 1 for mask in (one, other)]
    return float(np.mean(heights) / (np.ptp(np.flatnonzero((one | other).any(axis=0))) + 1))


def _offset(one: BoolPlane, other: BoolPlane) -> float | None:
    """Give the offset, 0 for a symmetric chest; None where the lungs do not lie beside each other."""
    box = bounding_box(one | other)
    if box is None:
        return None
    rows = np.arange(box.y + int(UPPER[0] * box.height), box.y + int(UPPER[1] * box.height))
    rows = rows[one[rows].any(axis=1) & other[rows].any(axis=1)]
    if not rows.size:
        return None
    columns = one.shape[1]
    outer = (np.argmax(one[rows], axis=1), columns - 1 - np.argmax(other[rows][:, ::-1], axis=1))
    inner = (columns - 1 - np.argmax(one[rows][:, ::-1], axis=1), np.argmax(other[rows], axis=1))
    offsets = (inner[0] + inner[1] - outer[0] - outer[1]) / 2 / (outer[1] - outer[0] + 1)
    return float(abs(np.median(offsets)))


def _base_cut(one: BoolPlane, other: BoolPlane, picture: Picture) -> float:
    rows, _ = content_box(picture)
    last = slice(rows.stop - max(1, round(EDGE * (rows.stop - rows.start))), rows.stop)
    touching = sum(int(mask[last].any(axis=0).sum()) for mask in (one, other))
    return touching / sum(int(mask.any(axis=0).sum()) for mask in (one, other))
