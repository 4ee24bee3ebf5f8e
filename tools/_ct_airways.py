"""Find the windpipe and the main bronchi on a grid of CT values, by growing from the windpipe.

A region is grown from the windpipe below a threshold that is raised step by step until it leaks into the lung
("explosion": Mori et al., IEEE Trans Med Imaging 2000; as used by Hu, Hoffman and Reinhardt 2001, see `_ct_lungs`).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from overread.tools._ct_grid import Grid

Cells = NDArray[np.bool_]

GAS = -900
"""HU below which a cell is gas alone; lung has blood in it."""
SECTION_MM2 = (60.0, 900.0)
"""Cross-section of a windpipe."""
BESIDE_MM = 40.0
"""How far the windpipe may lie from the middle of the body."""
ROUND = 0.5
"""Part of its bounding box that its section fills, at least."""
LASTS_MM = 15.0
"""Length over which it must be found, section over section."""
STEPS = range(-985, -860, 10)
MOST_ML = 150.0
LEAP = 1.6
"""A step by which the region grows to more than this many times its size has leaked."""


def airways(grid: Grid, inside: Cells, middle_column: float) -> Cells:
    """Give the lumen of the windpipe and of what can be grown from it, [slices, rows, columns]; all False when it is
    not found. `inside` are cells of gas or lung in the body, `middle_column` is the middle of the body."""
    seed = _windpipe(grid, inside & (grid.hu < GAS), middle_column)
    grown = np.zeros_like(inside)
    if seed is None:
        return grown
    size = 0.0
    for threshold in STEPS:
        region = _connected(inside & (grid.hu < threshold), seed)
        if region is None:
            continue
        volume = float(region.sum()) * grid.cell_ml
        if volume > MOST_ML or (size > 0 and volume > LEAP * size + 2.0):
            break
        grown, size = region, volume
    return grown


def _windpipe(grid: Grid, gas: Cells, middle_column: float) -> tuple[int, int, int] | None:
    """Look from the head down for a round section near the middle that goes on; give a cell in it."""
    before: tuple[float, float] | None = None
    length = 0.0
    for index in range(len(gas) - 1, -1, -1):
        found = [place for place in _sections(gas[index], grid, middle_column) if _follows(place, before, grid)]
        if not found:
            before, length = None, 0.0
            continue
        before = min(found, key=lambda place: abs(place[1] - (before[1] if before else middle_column)))
        length += grid.side_mm[0]
        if length >= LASTS_MM:
            return _nearest(gas[index], index, before)
    return None


def _sections(gas: NDArray[np.bool_], grid: Grid, middle_column: float) -> Iterator[tuple[float, float]]:
    labelled, _ = ndimage.label(gas)
    cell = grid.side_mm[1] * grid.side_mm[2]
    for number, box in enumerate(ndimage.find_objects(labelled), start=1):
        part = labelled[box] == number
        area = float(part.sum()) * cell
        row, column = (float(np.mean(axis)) for axis in np.nonzero(part))
        place = row + box[0].start, column + box[1].start
        beside = abs(place[1] - middle_column) * grid.side_mm[2]
        if SECTION_MM2[0] <= area <= SECTION_MM2[1] and beside <= BESIDE_MM and part.mean() >= ROUND:
            yield place


def _follows(place: tuple[float, float], before: tuple[float, float] | None, grid: Grid) -> bool:
    if before is None:
        return True
    apart = [abs(a - b) * side for a, b, side in zip(place, before, grid.side_mm[1:], strict=True)]
    return max(apart) <= 10.0


def _nearest(gas: NDArray[np.bool_], index: int, place: tuple[float, float]) -> tuple[int, int, int]:
    rows, columns = np.nonzero(gas)
    best = int(np.argmin((rows - place[0]) ** 2 + (columns - place[1]) ** 2))
    return index, int(rows[best]), int(columns[best])


def _connected(cells: Cells, seed: tuple[int, int, int]) -> Cells | None:
    labelled, _ = ndimage.label(cells)
    number = labelled[seed]
    return np.asarray(labelled == number, np.bool_) if number else None
