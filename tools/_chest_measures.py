"""Measure a chest on its masks, and refuse to where they cannot be a chest."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from overread.records import Measurement, Region, Spacing
from overread.tools._masks import BoolPlane, bounding_box

SMALLEST_LUNG = 0.02
SMALLEST_HEART = 0.01
"""Parts of the picture below which a mask is a fragment."""
REACH = 0.05
"""How far the heart may stay from a lung, as a part of the thorax width, and still count as beside it."""
PLAUSIBLE_RATIO = (0.35, 0.85)
"""Seen below: heart masks that missed half of the heart (lines across it, a heart on the right). A miss would read as
"not enlarged", so such a ratio is withheld."""
DANZER = "widest heart over widest inner thorax, both from the masks (Danzer 1919)"


class Measured(NamedTuple):
    """A figure and where it was taken."""

    figure: Measurement
    region: Region


class ChestMeasures(NamedTuple):
    measured: tuple[Measured, ...]
    withheld: str | None
    """Why there is no cardiothoracic ratio."""


def measure_chest(masks: Mapping[str, BoolPlane], spacing: Spacing | None, *, sided: bool = True) -> ChestMeasures:
    """Give the cardiothoracic ratio and the lungs' areas that non-empty masks [rows, columns] allow.

    The ratio lies within PLAUSIBLE_RATIO or is withheld. Areas in cm2 need spacing calibrated in the patient; otherwise
    only the ratio of the areas is given. Where left and right cannot be told (not `sided`) both lungs have one area.
    """
    boxes = {name: box for name, mask in masks.items() if (box := bounding_box(mask)) is not None}
    fault = _fault(masks, boxes)
    lungs = _lung_fault(masks, boxes) is None
    measured = (_ratio(boxes),) if fault is None else ()
    if lungs:
        measured = (*measured, *_lung_areas(masks, boxes, spacing, sided=sided))
    return ChestMeasures(measured, fault)


def _lung_fault(masks: Mapping[str, BoolPlane], boxes: Mapping[str, Region]) -> str | None:
    if not {"right_lung", "left_lung"} <= set(boxes):
        return "a lung was not found"
    if any(masks[name].mean() < SMALLEST_LUNG for name in ("right_lung", "left_lung")):
        return "a lung mask is only a fragment"
    if _centre(masks["right_lung"]) >= _centre(masks["left_lung"]):
        return "the lungs are on the wrong sides of the picture"
    return None


def _fault(masks: Mapping[str, BoolPlane], boxes: Mapping[str, Region]) -> str | None:
    """Say why the heart cannot be measured against the thorax, or None."""
    if (fault := _lung_fault(masks, boxes)) is not None:
        return fault
    if "heart" not in boxes:
        return "the heart was not found"
    if masks["heart"].mean() < SMALLEST_HEART:
        return "the heart mask is only a fragment"
    if not _centre(masks["right_lung"]) < _centre(masks["heart"]) < _centre(masks["left_lung"]):
        return "the heart mask is not between the lungs"
    heart, right, left = boxes["heart"], boxes["right_lung"], boxes["left_lung"]
    reach = REACH * _thorax(boxes).width
    if heart.x > right.x + right.width + reach or heart.x + heart.width < left.x - reach:
        return "the heart mask touches only one lung"
    low, high = PLAUSIBLE_RATIO
    return None if low <= heart.width / _thorax(boxes).width <= high else "the ratio of the masks is implausible"


def _ratio(boxes: Mapping[str, Region]) -> Measured:
    thorax, heart = _thorax(boxes), boxes["heart"]
    figure = Measurement(name="cardiothoracic_ratio", value=heart.width / thorax.width, unit="1", method=DANZER)
    return Measured(figure, _around((thorax, heart)))


def _lung_areas(
    masks: Mapping[str, BoolPlane], boxes: Mapping[str, Region], spacing: Spacing | None, *, sided: bool
) -> tuple[Measured, ...]:
    pixels = {name: int(masks[name].sum()) for name in ("right_lung", "left_lung")}
    calibrated = spacing is not None and spacing.calibrated
    if not sided:
        together = {"lungs": sum(pixels.values())} if calibrated else {}
        return _areas(together, {"lungs": _thorax(boxes)}, spacing)
    if not calibrated:
        figure = Measurement(
            name="left_right_lung_area_ratio",
            value=pixels["left_lung"] / pixels["right_lung"],
            unit="1",
            method="projected areas of the masks; no calibrated spacing, so no lengths",
        )
        return (Measured(figure, _thorax(boxes)),)
    return _areas(pixels, boxes, spacing)


def _areas(pixels: Mapping[str, int], boxes: Mapping[str, Region], spacing: Spacing | None) -> tuple[Measured, ...]:
    if spacing is None:
        return ()
    square_cm = spacing.row_mm * spacing.column_mm / 100.0
    return tuple(
        Measured(
            Measurement(
                name=f"{name}_area", value=count * square_cm, unit="cm2", method=f"projected mask, {spacing.source}"
            ),
            boxes[name],
        )
        for name, count in pixels.items()
    )


def _thorax(boxes: Mapping[str, Region]) -> Region:
    return _around((boxes["right_lung"], boxes["left_lung"]))


def _around(regions: tuple[Region, ...]) -> Region:
    left, top = min(region.x for region in regions), min(region.y for region in regions)
    right = max(region.x + region.width for region in regions)
    bottom = max(region.y + region.height for region in regions)
    return Region(x=left, y=top, width=right - left, height=bottom - top)


def _centre(mask: BoolPlane) -> float:
    """Give the column of a mask's centre of mass."""
    weight = mask.sum(axis=0)
    return float((weight * np.arange(mask.shape[1])).sum() / weight.sum())
