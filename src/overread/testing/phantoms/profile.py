"""Geometry of the chest seen from the side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.grid import Grid, Map, Mask


@dataclass(frozen=True)
class Profile:
    """Chest seen from the left side; x runs from front (negative) to back."""

    grid: Grid
    body: Body
    depth: Map
    """Half depth of the cavity at each row."""
    middle: Map
    """x of the middle of the cavity at each row."""
    cavity: Map
    """Width of both lungs along the ray, before heart and domes."""
    heart: Map
    heart_relative: Map
    below_dome: Map

    @classmethod
    def build(cls, grid: Grid, body: Body) -> "Profile":
        """Lay out cavity, heart and domes."""
        s = body.scale
        depth = (1.12 * body.at(body.depth, grid.y)).astype(np.float32)
        middle = (
            np.float32(0.10 * body.half_depth) - np.float32(0.10) * (grid.y - 0.5 * np.float32(body.floor))
        ).astype(np.float32)
        middle = middle + np.float32(0.22) * (np.float32(body.half_depth) - depth)
        across = np.abs(grid.x - middle) / np.maximum(depth, 1)
        width = 2 * np.clip(body.at(body.lateral, grid.y) - 34 * s, 5, None)
        cavity = width * np.sqrt(np.clip(1 - across**3.2, 0, None)) * (grid.y > 0)
        size = (body.heart_half / (0.45 * body.half_width)) ** 0.6
        hx, hy = -0.42 * body.half_depth, body.heart_bottom - 60 * s * size
        turn = 0.6
        dx, dy = grid.x - np.float32(hx), grid.y - np.float32(hy)
        u = (dx * np.cos(turn) + dy * np.sin(turn)) / (49 * s * size)
        v = (-dx * np.sin(turn) + dy * np.cos(turn)) / (66 * s * size)
        relative = np.hypot(u, v).astype(np.float32)
        heart = np.float32(0.62) * np.sqrt(np.clip(1 - relative**2, 0, None))
        offset = (grid.x + np.float32(0.25 * body.half_depth)) / np.float32(body.half_depth)
        drop = np.where(offset > 0, 44 * offset**2, 26 * offset**2) * s
        return cls(
            grid,
            body,
            depth,
            middle,
            cavity.astype(np.float32),
            heart,
            relative,
            (grid.y - body.right_dome - drop).astype(np.float32),
        )

    @property
    def lungs(self) -> Mask:
        """Lung field of both sides: above the domes, beside the heart."""
        return np.asarray((self.cavity > 0) & (self.below_dome < 0) & (self.heart_relative > 1))

    @property
    def heart_mask(self) -> Mask:
        """Outline of the heart, above the domes."""
        return np.asarray((self.heart_relative < 1) & (self.below_dome < 10 * self.body.scale))

    def lung(self) -> Map:
        """Return the air-bearing lung along each ray; the second dome lies a little lower than the first."""
        s = self.body.scale
        lag = np.float32(self.body.left_dome - self.body.right_dome)
        dome = 0.5 * np.sqrt(np.clip(self.below_dome / (40 * s), 0, 1)) + 0.5 * np.sqrt(
            np.clip((self.below_dome - lag) / (40 * s), 0, 1)
        )
        arch_x, arch_y = np.float32(18 * s), np.float32(self.body.carina - 14 * s)
        arch = 0.13 * np.sqrt(
            np.clip(1 - ((self.grid.x - arch_x) ** 2 + (self.grid.y - arch_y) ** 2) / (23 * s) ** 2, 0, None)
        )
        return np.asarray((self.cavity * (1 - self.heart) * (1 - dome) * (1 - arch)).astype(np.float32), np.float32)

    def front(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x of the inner front of the chest at rows y."""
        return self._middle(y) - 1.12 * np.interp(y, self.body.ys, self.body.depth)

    def spine_x(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x of the middle of the vertebral bodies at rows y."""
        clipped = np.clip(y, 0.35 * self.body.floor, None)
        back = self._middle(clipped) + 0.98 * np.interp(clipped, self.body.ys, self.body.depth) - 14 * self.body.scale
        return np.asarray(back - 0.32 * np.clip(0.35 * self.body.floor - y, 0, None))

    def _middle(self, y: NDArray[np.float64]) -> NDArray[np.float64]:
        depth = 1.12 * np.interp(y, self.body.ys, self.body.depth)
        base = 0.10 * self.body.half_depth - 0.10 * (y - 0.5 * self.body.floor)
        return np.asarray(base + 0.22 * (self.body.half_depth - depth))
