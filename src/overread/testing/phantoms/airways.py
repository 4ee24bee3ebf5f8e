"""Pulmonary vessels, hila, trachea and bronchi."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.chest import Chest
from overread.testing.phantoms.grid import Grid, Map, Points, chord, smooth, soft_blur, splat, tube
from overread.testing.phantoms.streams import spread, stream

SIGMAS = (0.55, 0.9, 1.4, 2.2, 3.6, 5.5)
"""Gaussian widths (mm) that vessels are sorted into; a tube of radius r projects like sigma = 0.63 r."""


@dataclass(frozen=True)
class Tree:
    """Points along all branches of one lung, with the radius at each and the length it stands for."""

    points: Points
    radii: NDArray[np.float64]
    lengths: NDArray[np.float64]


def hilum(body: Body, sign: float) -> tuple[float, float]:
    """Return the hilar point of a side; the left lies a little higher."""
    return sign * (0.25 * body.half_width + 4 * body.scale), body.carina + (26 if sign < 0 else 17) * body.scale


def grow(body: Body, sign: float, seed: int, upright: bool) -> Tree:
    """Grow the arteries and veins of one lung outward from the hilum by repeated forking (Murray's law)."""
    draw = stream("vessels", seed, int(sign))
    s, roots = body.scale, 11
    x0, y0 = hilum(body, sign)
    angle = np.linspace(-1.25, 1.45, roots) + draw.normal(0, 0.1, roots)
    at = np.stack([np.full(roots, x0), y0 + np.linspace(-14, 18, roots) * s], axis=1)
    radius = (
        np.where(angle > 0.2, 5.0 if upright else 4.4, 3.6 if upright else 4.2) * s * draw.uniform(0.8, 1.25, roots)
    )
    points, radii, lengths = [], [], []
    step = 1.6 * s
    for level in range(7):
        length = s * (30 if level == 0 else 26) * draw.uniform(0.6, 1.35, len(angle)) * 0.93**level
        count = int(np.ceil(length.max() / step))
        bend = draw.normal(0, 0.016, len(angle))
        for index in range(count):
            alive = index * step < length
            heading = angle + bend * index
            move = np.stack([sign * np.cos(heading), np.sin(heading)], axis=1) * step
            at = np.where(alive[:, None], at + move, at)
            angle = np.where(alive, angle + bend, angle)
            points.append(at[alive])
            radii.append((radius * (1 - 0.12 * index / count))[alive])
            lengths.append(np.full(int(alive.sum()), step))
        fork = draw.uniform(0.18, 0.6, len(angle))
        share = draw.uniform(0.35, 0.65, len(angle))
        angle = np.concatenate([angle - fork * (1 - share), angle + fork * share])
        at = np.concatenate([at, at])
        radius = np.concatenate([radius * (1 - share) ** (1 / 2.7), radius * share ** (1 / 2.7)]) * 0.96
        keep = (radius > 0.3 * s) & (np.abs(at[:, 0]) < body.half_width) & (np.abs(at[:, 0]) > 0.1 * body.half_width)
        angle, at, radius = angle[keep], at[keep], radius[keep]
        if len(angle) > 700 or not len(angle):
            break
    return Tree(np.concatenate(points), np.concatenate(radii), np.concatenate(lengths))


def draw_tree(grid: Grid, trees: tuple[Tree, ...]) -> Map:
    """Return the thickness of the vessels."""
    points = np.concatenate([tree.points for tree in trees])
    radii = np.concatenate([tree.radii for tree in trees])
    lengths = np.concatenate([tree.lengths for tree in trees])
    kind = np.argmin(np.abs(np.log(0.63 * radii[:, None] / np.array(SIGMAS)[None, :])), axis=1)
    total = grid.empty()
    for index, sigma in enumerate(SIGMAS):
        chosen = kind == index
        if chosen.any():
            total += splat(grid, points[chosen], np.pi * radii[chosen] ** 2 * lengths[chosen], sigma)
    return total


def vessels(chest: Chest, patient: int, upright: bool) -> Map:
    """Return vessels and hila of both lungs, in millimetres of blood."""
    body, grid = chest.body, chest.grid
    trees = tuple(grow(body, sign, patient, upright) for sign in (-1.0, 1.0))
    total = draw_tree(grid, trees)
    return (total + _hila(chest, patient)) * np.float32(1.15)


def _hila(chest: Chest, patient: int) -> Map:
    draw, body, grid = stream("hila", patient), chest.body, chest.grid
    s, total = body.scale, chest.grid.empty()
    for sign in (-1.0, 1.0):
        x, y = hilum(body, sign)
        down = np.array([[x * 0.5, y - 14 * s], [x * 0.9, y - 2 * s], [x * 1.12, y + 22 * s], [x * 1.2, y + 44 * s]])
        up = np.array([[x * 0.6, y - 6 * s], [x * 0.95, y - 16 * s], [x * 1.15, y - 30 * s]])
        size = s * spread(draw, 0.8, 1.2)
        low, high = smooth(down), smooth(up)
        lower = chord(tube(grid, low, np.interp(np.linspace(0, 1, len(low)), [0, 0.4, 1], [12, 9, 4]) * size))
        upper = chord(tube(grid, high, np.linspace(9, 4, len(high)) * size))
        total += 12 * s * np.maximum(lower, upper)
    return soft_blur(total, max(1.6 * s / grid.step, 0.4))


def airway(chest: Chest) -> Map:
    """Return the air of trachea and main bronchi along each ray."""
    body, grid = chest.body, chest.grid
    s = body.scale
    shift = body.depth_shift(0.1 * body.half_depth) + 0.7 * body.shift
    lean = 4 * s + shift
    top = np.array([[shift, -130 * s], [shift - 1 * s, -20 * s], [shift - lean * 0.6, body.carina - 2 * s]])
    right = np.array(
        [top[-1], [-0.16 * body.half_width, body.carina + 17 * s], [-0.27 * body.half_width, body.carina + 33 * s]]
    )
    left = np.array(
        [top[-1], [0.17 * body.half_width, body.carina + 24 * s], [0.29 * body.half_width, body.carina + 34 * s]]
    )
    air = 2 * 8.5 * s * chord(tube(grid, top, np.array([9.0, 9.0, 8.5]) * s))
    air = np.maximum(air, 2 * 6.0 * s * chord(tube(grid, right, np.array([7.0, 6.5, 4.0]) * s)))
    return np.asarray(np.maximum(air, 2 * 5.0 * s * chord(tube(grid, left, np.array([6.0, 5.5, 3.5]) * s))), np.float32)
