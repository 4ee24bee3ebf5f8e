"""Solids that a CT phantom is made of, in millimetres of the patient: x to the left, y to the back, z to the head."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""Places [..., 3]."""


class Solid(Protocol):
    """A part of the phantom."""

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Give the lowest and highest corner of a box around it."""

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Say of each place whether it lies inside."""


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid along the axes."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Give its bounds."""
        return _around(self.centre, self.radii)

    @property
    def volume_ml(self) -> float:
        """Give 4/3 pi a b c."""
        return 4.0 / 3.0 * math.pi * math.prod(self.radii) / 1000.0

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Say of each place whether it lies inside."""
        offset = (points - _flat(self.centre)) / _flat(self.radii)
        return np.asarray(np.einsum("...i,...i->...", offset, offset) <= 1.0)


@dataclass(frozen=True)
class Basin:
    """The part of an ellipsoid at the back of a plane, as fluid that layers in a patient who lies on the back."""

    whole: Ellipsoid
    depth: float
    """Part of the ellipsoid's extent from front to back that the fluid takes, above 0 and below 1."""

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Give the bounds of the ellipsoid."""
        return self.whole.box

    @property
    def volume_ml(self) -> float:
        """Give the volume of the cap: h^2 (3 - h) / 4 of the ellipsoid's, h twice the depth (a scaled sphere's cap)."""
        height = 2 * self.depth
        return self.whole.volume_ml * height**2 * (3 - height) / 4

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Say of each place whether it lies inside."""
        level = self.whole.centre[1] + self.whole.radii[1] * (1 - 2 * self.depth)
        return np.asarray((points[..., 1] >= level) & self.whole.holds(points))


@dataclass(frozen=True)
class Tube:
    """A straight tube with round ends."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radius: float

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Give its bounds."""
        low = [min(a, b) - self.radius for a, b in zip(self.start, self.end, strict=True)]
        high = [max(a, b) + self.radius for a, b in zip(self.start, self.end, strict=True)]
        return (low[0], low[1], low[2]), (high[0], high[1], high[2])

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Say of each place whether it lies inside."""
        axis = np.subtract(self.end, self.start, dtype=np.float32)
        offset = points - _flat(self.start)
        along = np.clip(offset @ axis / np.float32(axis @ axis), 0, 1)
        beside = offset - along[..., None] * axis
        return np.asarray(np.einsum("...i,...i->...", beside, beside) <= self.radius**2)


@dataclass(frozen=True)
class Pillar:
    """An upright cylinder with an elliptic section, through all slices."""

    centre: tuple[float, float]
    radii: tuple[float, float]

    @property
    def box(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Give its bounds; it has no end."""
        (x, y), (across, deep) = self.centre, self.radii
        return (x - across, y - deep, -math.inf), (x + across, y + deep, math.inf)

    def holds(self, points: Points) -> NDArray[np.bool_]:
        """Say of each place whether it lies inside."""
        offset = (points[..., :2] - _flat(self.centre)) / _flat(self.radii)
        return np.asarray(np.einsum("...i,...i->...", offset, offset) <= 1.0)


def common_ml(first: Solid, others: tuple[Solid, ...], step_mm: float = 0.5) -> float:
    """Give the volume of `first` that lies in any of the others, counted on a fine grid over each other's bounds."""
    counted, seen = 0, tuple[Solid, ...]()
    for other in others:
        (low, high), (least, most) = other.box, first.box
        start, end = np.maximum(low, least), np.minimum(high, most)
        if bool((end <= start).any()):
            continue
        axes = [np.arange(a + step_mm / 2, b, step_mm, dtype=np.float32) for a, b in zip(start, end, strict=True)]
        for z in axes[2]:
            points = np.stack(np.broadcast_arrays(*np.meshgrid(axes[0], axes[1], indexing="ij"), z), axis=-1)
            inside = first.holds(points) & other.holds(points)
            for before in seen:
                inside &= ~before.holds(points)
            counted += int(inside.sum())
        seen = (*seen, other)
    return counted * step_mm**3 / 1000.0


def _flat(values: Sequence[float]) -> NDArray[np.float32]:
    return np.asarray(values, np.float32)


def _around(
    centre: tuple[float, float, float], radii: tuple[float, float, float]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    (x, y, z), (a, b, c) = centre, radii
    return (x - a, y - b, z - c), (x + a, y + b, z + c)
