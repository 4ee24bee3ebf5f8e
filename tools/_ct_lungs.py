"""Tell the lungs apart from everything else that is dark on a chest CT, by steps that can be followed.

After Hu, Hoffman, Reinhardt: Automatic lung segmentation for accurate quantitation of volumetric X-ray CT images, IEEE
Trans Med Imaging 20(6):490-498, 2001: a threshold, what lies in the body, the airways taken out, left and right parted.
Their optimal threshold is here a fixed one, halfway between lung that holds air (-850 HU) and soft tissue (+50 HU), and
the lungs are parted by erosion and a watershed in place of dynamic programming.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.tools._ct_airways import Cells, airways
from overread.tools._ct_grid import Grid

THRESHOLD = -400
"""HU below which a voxel holds air."""
RIGHT, LEFT, OTHER = 1, 2, 3
LEAST_ML = 50.0
"""Of a part of lung."""
ALL_GAS = -960.0
"""Median HU down from which a part is gas alone, as in the stomach, the bowel or the pleural space."""
WALL_MM = 2.5
"""Thickness taken from around the lumen of an airway: its wall, and the cells that both are in."""
LEAST_SHARE = 0.1
"""Part of both lungs together that one has at least when they are parted."""
EROSIONS_MM = tuple(range(2, 26, 2))
BORDER_CELLS = 1
"""By how many cells a lung's territory reaches over what was found of it; inside it each voxel decides for itself."""


@dataclass(frozen=True)
class Territories:
    """Which cells a voxel of each lung may lie in; RIGHT, LEFT, OTHER (an airway) or 0, [slices, rows, columns]."""

    cells: NDArray[np.uint8]
    windpipe: bool
    """An airway was found and taken out."""
    parted: bool
    """The lungs touched and were parted."""
    cut_off: frozenset[int]
    """Lungs that reach the first or the last slice."""


def territories(grid: Grid) -> Territories:
    """Find the lungs on a grid; a lung that is not found has no cell."""
    low = grid.hu < THRESHOLD
    inside = low & ~_outside(low)
    middle = _middle(low)
    lumen = airways(grid, inside, middle)
    ring = _within(lumen, WALL_MM, grid)
    lungs, parted = _sided(_lung_parts(inside & ~ring, grid), grid, middle)
    ends = (lungs[0], lungs[-1])
    cut_off = frozenset(side for side in (RIGHT, LEFT) if any(bool((end == side).any()) for end in ends))
    reach = _reaching(lungs)
    reach[lumen] = OTHER
    return Territories(reach, bool(lumen.any()), parted, cut_off)


def _outside(low: Cells) -> Cells:
    """Mark air that reaches the edge of its slice."""
    outside = np.zeros_like(low)
    for plane, out in zip(low, outside, strict=True):
        labelled, count = ndimage.label(plane)
        if count:
            edge = np.unique(np.concatenate([labelled[0], labelled[-1], labelled[:, 0], labelled[:, -1]]))
            touches = np.zeros(count + 1, np.bool_)
            touches[edge] = True
            touches[0] = False
            out[:] = touches[labelled]
    return outside


def _middle(low: Cells) -> float:
    """Give the column in the middle of the body: halfway between the outermost tissue of a median slice."""
    ends = []
    for plane in low[:: max(1, len(low) // 32)]:
        columns = np.flatnonzero((~plane).mean(axis=0) > 0.1)
        if columns.size:
            ends.append((columns[0] + columns[-1]) / 2)
    return float(np.median(ends)) if ends else low.shape[2] / 2


def _lung_parts(cells: Cells, grid: Grid) -> Cells:
    """Keep parts that are large enough and hold blood beside air."""
    labelled, count = ndimage.label(cells)
    kept = np.zeros(count + 1, np.bool_)
    sizes = np.bincount(labelled.ravel(), minlength=count + 1) * grid.cell_ml
    for number in np.flatnonzero(sizes >= LEAST_ML):
        if number:
            values = grid.hu[labelled == number]
            # the median: the edge of a bubble, where a cell holds some of its wall, is not taken for lung
            kept[number] = float(np.median(values)) > ALL_GAS
    return np.asarray(kept[labelled])


def _sided(lungs: Cells, grid: Grid, middle: float) -> tuple[NDArray[np.uint8], bool]:
    """Say of each cell of the lungs which one it is of; those that touch are parted.

    `middle` is the column in the middle of the body: two lungs lie on both sides of it, and one alone is not parted.
    """
    sides = np.zeros(lungs.shape, np.uint8)
    if not lungs.any():
        return sides, False
    box = ndimage.find_objects(lungs.astype(np.uint8))[0]
    inner = lungs[box]
    middle -= box[2].start
    cores, parted = _cores(inner, grid, middle)
    if cores is None:
        labelled, count = ndimage.label(inner)
        centres = ndimage.center_of_mass(inner, labelled, range(1, count + 1))
        table = np.array([0, *(RIGHT if centre[2] < middle else LEFT for centre in centres)], np.uint8)
        sides[box] = table[labelled]
        return sides, False
    sides[box] = cores
    return sides, parted


def _cores(inner: Cells, grid: Grid, middle: float) -> tuple[NDArray[np.uint8] | None, bool]:
    """Give each cell its lung: by parts that lie apart, else by what is left apart when the edge is taken off."""
    found = _two(inner, middle)
    if found is not None:
        return _nearest_core(inner, found, None), False
    depth = _depth(inner, grid)
    for radius in EROSIONS_MM:
        found = _two(depth > radius, middle)
        if found is not None:
            return _nearest_core(inner, found, depth), True
    return None, False


def _two(cells: Cells, middle: float) -> NDArray[np.uint8] | None:
    """Name the two largest parts when they are two lungs: each of some size, on either side of the middle."""
    labelled, count = ndimage.label(cells)
    if count < 2:
        return None
    sizes = np.bincount(labelled.ravel())[1:]
    first, second = (int(number) + 1 for number in np.argsort(sizes)[::-1][:2])
    if sizes[second - 1] < LEAST_SHARE * cells.sum():
        return None
    boxes = ndimage.find_objects(labelled)
    centres = {number: (boxes[number - 1][2].start + boxes[number - 1][2].stop) / 2 for number in (first, second)}
    if abs(centres[first] - centres[second]) < 0.2 * cells.shape[2]:
        return None
    right, left = sorted((first, second), key=centres.__getitem__)
    if not centres[right] < middle < centres[left]:
        return None
    table = np.zeros(count + 1, np.uint8)
    table[right], table[left] = RIGHT, LEFT
    return np.asarray(table[labelled])


def _nearest_core(inner: Cells, cores: NDArray[np.uint8], depth: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """Give cells outside of both cores to the one that they are reached from; apart from both, by their side."""
    spread = cores.copy() if depth is None else _flooded(inner, cores, depth)
    left_over = inner & (spread == 0)
    if left_over.any():
        labelled, count = ndimage.label(left_over)
        centres = ndimage.center_of_mass(left_over, labelled, range(1, count + 1))
        means = {side: float(np.nonzero(spread == side)[2].mean()) for side in (RIGHT, LEFT)}
        nearer = [min(means, key=lambda side: abs(means[side] - centre[2])) for centre in centres]
        spread[left_over] = np.array([0, *nearer], np.uint8)[labelled[left_over]]
    return spread


def _flooded(inner: Cells, cores: NDArray[np.uint8], depth: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Grow the cores over the cells by a watershed on how deep they lie: the border is where the lungs are thinnest."""
    itk: Any = import_module("SimpleITK")
    relief, markers = itk.GetImageFromArray(-depth), itk.GetImageFromArray(cores.astype(np.uint16))
    # the cells outside of both are flooded too, and left out afterwards
    flooded = itk.MorphologicalWatershedFromMarkers(relief, markers, markWatershedLine=False)
    return np.where(inner, itk.GetArrayFromImage(flooded), 0).astype(np.uint8)


def _depth(cells: Cells, grid: Grid) -> NDArray[np.float32]:
    """Give the distance in millimetres of each cell to what is not of these."""
    padded = np.pad(cells, 1)
    depth = ndimage.distance_transform_edt(padded, sampling=grid.side_mm)
    return np.asarray(depth[1:-1, 1:-1, 1:-1], np.float32)


def _within(cells: Cells, reach_mm: float, grid: Grid) -> Cells:
    """Grow cells by a length, by one cell at least; nothing grows out of nothing."""
    if not cells.any():
        return cells
    box = _around(ndimage.find_objects(cells.astype(np.uint8))[0], reach_mm, grid, cells.shape)
    away = ndimage.distance_transform_edt(~cells[box], sampling=grid.side_mm)
    grown = cells.copy()
    grown[box] = away <= max(reach_mm, 1.01 * max(grid.side_mm[1:]))
    return grown


def _around(box: Sequence[slice], reach_mm: float, grid: Grid, shape: Sequence[int]) -> tuple[slice, ...]:
    margins = [int(reach_mm / side) + 2 for side in grid.side_mm]
    return tuple(
        slice(max(0, part.start - margin), min(size, part.stop + margin))
        for part, margin, size in zip(box, margins, shape, strict=True)
    )


def _reaching(lungs: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Let each lung reach over its border, where the other one is not."""
    reach = lungs.copy()
    for side in (RIGHT, LEFT):
        grown = ndimage.binary_dilation(lungs == side, ndimage.generate_binary_structure(3, 3), BORDER_CELLS)
        reach[grown & (reach == 0)] = side
    return reach
