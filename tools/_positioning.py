"""How the chest lies in the picture, from the masks of the lungs: breath, and edges that cut the lungs.

What a reader judges by counting ribs (Radiology Masterclass, Chest X-ray quality: inspiration, inclusion) is taken from
the outline of the lungs, since no model here sees a single rib. The limits are in `overread.reasoning.positioning`,
with how they were chosen. A turn about the long axis is not among them: the outline did not tell it (docs/gate.md).
"""

from collections.abc import Iterator, Mapping

import numpy as np

from overread.imaging.quality import content_box
from overread.ports import Picture
from overread.precision import settled
from overread.reasoning.positioning import APEX_CUT, BASE_CUT, BREATH
from overread.records import Measurement
from overread.tools._masks import BoolPlane

EDGE = 0.03
"""Part of the exposed field's height within which a lung counts as touching its edge."""
LUNGS = ("right_lung", "left_lung")
ON_EDGE = "part of the lung masks' widths on the edge of the exposed field"


def positioning(masks: Mapping[str, BoolPlane], picture: Picture) -> Iterator[Measurement]:
    """Measure non-empty lung masks [rows, columns] of a frontal picture of that shape; nothing where one is missing.

    `lung_height_to_width`: mean height of the lungs over the width of both. `lung_base_at_edge`, `lung_apex_at_edge`:
    the part of the lungs' widths that lies on the lower or upper edge of the exposed field. None says which side is
    which.
    """
    if not all(name in masks and masks[name].any() for name in LUNGS):
        return
    lungs = [masks[name] for name in LUNGS]
    yield _figure(BREATH, _breath(lungs), "mean height of the lung masks over their common width")
    rows, _ = content_box(picture)
    edge = max(1, round(EDGE * (rows.stop - rows.start)))
    yield _figure(BASE_CUT, _on_edge(lungs, slice(rows.stop - edge, rows.stop)), ON_EDGE)
    yield _figure(APEX_CUT, _on_edge(lungs, slice(rows.start, rows.start + edge)), ON_EDGE)


def _figure(name: str, value: float, method: str) -> Measurement:
    return Measurement(name=name, value=settled(value), unit="1", method=method)


def _breath(lungs: list[BoolPlane]) -> float:
    heights = [np.ptp(np.flatnonzero(mask.any(axis=1))) + 1 for mask in lungs]
    return float(np.mean(heights) / (np.ptp(np.flatnonzero((lungs[0] | lungs[1]).any(axis=0))) + 1))


def _on_edge(lungs: list[BoolPlane], edge: slice) -> float:
    return sum(int(mask[edge].any(axis=0).sum()) for mask in lungs) / sum(int(mask.any(axis=0).sum()) for mask in lungs)
