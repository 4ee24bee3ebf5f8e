"""A coarser copy of a stack of CT slices, on which organs are told apart; the slices are read one after another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.errors import ToolError
from overread.imaging.hounsfield import AIR
from overread.imaging.stack import Stack
from overread.records import ImageRef

Values = NDArray[np.int16]
"""Hounsfield units."""
ReadSlice = Callable[[ImageRef], Values]

SIDE_MM = 1.5
"""Side of a cell that is aimed at: half the width of the thinnest line between two lungs is lost, no main airway is."""
MOST_CELLS = 96_000_000
"""Cells of the grid; each costs some ten bytes while it is worked on."""


@dataclass(frozen=True)
class Grid:
    """Mean values over blocks of voxels."""

    hu: Values
    """[slices, rows, columns], from the feet to the head."""
    factors: tuple[int, int, int]
    """Voxels of a cell along each axis."""
    side_mm: tuple[float, float, float]

    @property
    def cell_ml(self) -> float:
        """Give the volume of a cell."""
        deep, high, wide = self.side_mm
        return deep * high * wide / 1000.0


def coarse(stack: Stack, read: ReadSlice) -> Grid:
    """Average a stack over blocks; raise `ToolError` for one that needs too much memory."""
    spacing = stack.distance_mm, stack.row_mm, stack.column_mm
    deep, high, wide = factors = tuple(max(1, round(SIDE_MM / side)) for side in spacing)
    slices, rows, columns = (-(-size // factor) for size, factor in zip(stack.shape, factors, strict=True))
    if slices * rows * columns > MOST_CELLS:
        raise ToolError(f"the series covers too much for this tool ({slices} x {rows} x {columns} cells of its grid)")
    hu = np.empty((slices, rows, columns), np.int16)
    for index in range(slices):
        block = np.zeros((rows, columns), np.float32)
        members = stack.images[index * deep : (index + 1) * deep]
        for image in members:
            block += _averaged(read(image), high, wide)
        hu[index] = np.rint(block / len(members))
    sides = (spacing[0] * deep, spacing[1] * high, spacing[2] * wide)
    return Grid(hu, (deep, high, wide), sides)


def fine(plane: NDArray[np.uint8], grid: Grid, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Give each pixel of a slice [rows, columns] what its cell has."""
    _, high, wide = grid.factors
    return np.repeat(np.repeat(plane, high, axis=0), wide, axis=1)[: shape[0], : shape[1]]


def cells_of(stack: Stack, grid: Grid) -> Iterator[tuple[ImageRef, int]]:
    """Give each slice with the number of its layer of cells."""
    return ((image, index // grid.factors[0]) for index, image in enumerate(stack.images))


def _averaged(values: Values, high: int, wide: int) -> NDArray[np.float32]:
    rows, columns = (-(-size // factor) for size, factor in zip(values.shape, (high, wide), strict=True))
    padded = values
    if (rows * high, columns * wide) != values.shape:
        padded = np.full((rows * high, columns * wide), AIR, np.int16)
        padded[: values.shape[0], : values.shape[1]] = values
    return np.asarray(padded.reshape(rows, high, columns, wide).mean(axis=(1, 3), dtype=np.float32))
