"""Ribs, spine, clavicles, scapulae and humeri as millimetres of cortical bone."""

import numpy as np
from scipy.special import expit
from skimage.draw import polygon2mask

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.chest import Chest
from overread.testing.phantoms.grid import Grid, Map, Points, chord, soft_blur, tube

RIBS = 11


def rib_points(body: Body, index: int, sign: float, part: str) -> Points:
    """Return the centre line of a rib (1 to 11), its posterior or anterior arc, as [n, 2] body points.

    A rib is an ellipse around the chest in a plane that descends towards the sternum.
    """
    tilt = body.rib_tilt * float(np.interp(index, [1, 2, 3, 5, 9, 11], [0.5, 0.7, 0.85, 1.0, 1.05, 0.7]))
    start = body.rib_gap * (index - 1) - 0.35 * body.rib_gap
    half = float(body.at(body.lateral, start + 0.5 * tilt)) + 2 * body.scale
    depth = min(float(body.at(body.depth, start + 0.5 * tilt)) * 1.05 + 6 * body.scale, body.half_depth * 1.08)
    last = -12 if index >= 10 else -60
    angles = np.deg2rad(np.linspace(80, 0, 15) if part == "posterior" else np.linspace(0, last, 11))
    x = half * np.cos(angles) * sign
    y = start + tilt * (1 - np.sin(angles)) / 2
    return np.stack([x + depth * np.sin(angles) * body.turn, y], axis=1)


def shell(relative: Map, depth: float, cortex: float) -> Map:
    """Return the bone along each ray of a hollow tube: outer radius ``depth`` mm, wall ``cortex`` mm, spongy inside."""
    inner = max(1 - cortex / depth, 0.3)
    outside = 2 * depth * chord(relative)
    inside = 2 * (depth - cortex) * chord(relative / np.float32(inner**2))
    return outside - np.float32(0.78) * inside


def skeleton(chest: Chest, view: str) -> Map:
    """Return all bone of the frontal chest."""
    return ribs(chest) + spine(chest.grid, chest.body) + _shoulders(chest, view)


def ribs(chest: Chest) -> Map:
    """Return the ribs; brighter where a rib runs along the ray at the side of the chest."""
    body, total = chest.body, chest.grid.empty()
    s = body.scale
    size = 5.6 if body.is_child else 6.0
    for part, height, depth, cortex in (("posterior", size, 3.8, 1.0), ("anterior", size * 1.08, 2.7, 0.6)):
        for group in (range(1, RIBS + 1, 2), range(2, RIBS + 1, 2)):
            relative = None
            for index in group:
                for sign in (-1.0, 1.0):
                    points = rib_points(body, index, sign, part)
                    taper = np.linspace(0.85, 1.05, len(points)) * height * s
                    single = tube(chest.grid, points, taper)
                    relative = single if relative is None else np.minimum(relative, single, out=relative)
            if relative is not None:
                total += shell(relative, depth * s, cortex * s)
    steep = np.clip(1 - (0.93 * np.clip(chest.across, 0, 1)) ** 2, 0.2, 1) ** -0.5
    return total * np.minimum(steep, 2.0)


def spine(grid: Grid, body: Body) -> Map:
    """Return the vertebral column with endplates, pedicles, transverse and spinous processes."""
    s, gap = body.scale, body.rib_gap
    columns = np.flatnonzero((np.abs(grid.x) < 60 * s).any(axis=0))
    total = grid.empty()
    if not columns.size:
        return total
    part = slice(int(columns[0]), int(columns[-1]) + 1)
    shift = body.depth_shift(0.8 * body.half_depth)
    x, y = (grid.x[:, part] - np.float32(shift)) / np.float32(s), grid.y[:, part]
    level = y / np.float32(gap) + np.float32(0.6)
    phase = level - np.floor(level)
    half = np.clip(15 + 0.55 * level, 14, 23).astype(np.float32)
    ax = np.abs(x)
    box = expit((half - ax) * 1.2)
    height = np.clip((0.46 - np.abs(phase - 0.5)) * gap / (1.6 * s), 0, 1)
    bone = 7.5 * box * height * np.sqrt(np.clip(1 - (ax / (half + 4)) ** 2, 0.2, 1))
    edge = np.exp(-(((np.abs(phase - 0.5) - 0.42) * gap / (1.3 * s)) ** 2)) * box
    wall = np.exp(-(((ax - half + 1) / 1.3) ** 2)) * height
    rho = np.hypot((ax - 0.62 * half) / 3.6, (phase - 0.38) * gap / (5.6 * s))
    pedicle = np.exp(-(((rho - 1) / 0.33) ** 2))
    process = np.exp(-((x / 2.6) ** 2) - (((phase - 0.8) * gap / (6 * s)) ** 2))
    wing = np.exp(-(((phase - 0.36) * gap / (3.6 * s)) ** 2)) * ((ax > half) & (ax < half + 13)) * expit(half + 11 - ax)
    total[:, part] = (bone + 3.5 * edge + 2.0 * wall + 3.0 * pedicle + 4.0 * process + 3.2 * wing) * s
    return total


def _shoulders(chest: Chest, view: str) -> Map:
    grid, body = chest.grid, chest.body
    s, w, total = body.scale, body.half_width, chest.grid.empty()
    high = -12 * s if view == "AP" else 0.0
    shift = body.depth_shift(-0.85 * body.half_depth)
    for sign in (-1.0, 1.0):
        line = np.array(
            [
                [0.1 * w, 30 * s + high],
                [0.25 * w, 26 * s + high],
                [0.5 * w, 12 * s + high],
                [0.78 * w, -4 * s + 0.5 * high],
                [1.0 * w, -8 * s],
                [1.17 * w, -2 * s],
            ]
        )
        points = line * [sign, 1] + [shift, 0]
        total += shell(tube(grid, points, np.array([8.5, 7, 6, 6.2, 7, 7.5]) * s), 5.0 * s, 1.3 * s)
        total += _scapula(grid, body, sign, view) + _humerus(grid, body, sign)
    return total


def _scapula(grid: Grid, body: Body, sign: float, view: str) -> Map:
    s, w = body.scale, body.half_width
    out = 0.0 if view == "AP" else 0.17 * w
    border = np.array(
        [
            [0.80 * w + out, 2 * s],
            [0.72 * w + out, 60 * s],
            [0.83 * w + out, 138 * s],
            [1.12 * w + 0.4 * out, 48 * s],
            [1.16 * w + 0.3 * out, 22 * s],
            [0.98 * w + out, 4 * s],
        ]
    ) * [sign, 1]
    pixels = grid.to_pixels(border)[:, ::-1]
    plate = polygon2mask(grid.x.shape, pixels).astype(np.float32)
    total = soft_blur(plate, max(1.2 * s / grid.step, 0.5)) * np.float32(1.3 * s)
    total += shell(tube(grid, border[2:4], np.array([3.2, 5.5]) * s), 3.6 * s, 1.1 * s)
    total += shell(tube(grid, border[:3], np.array([2.2, 1.9, 2.4]) * s), 2.0 * s, 0.9 * s)
    ridge = np.array([[0.84 * w + out, 24 * s], [1.05 * w + 0.5 * out, 6 * s], [1.2 * w, -6 * s]]) * [sign, 1]
    return total + shell(tube(grid, ridge, np.array([3.0, 4.5, 8.0]) * s), 3.2 * s, 0.9 * s)


def _humerus(grid: Grid, body: Body, sign: float) -> Map:
    s, w = body.scale, body.half_width
    head = np.array([[1.29 * w, 30 * s], [1.3 * w, 33 * s]]) * [sign, 1]
    shaft = np.array([[1.31 * w, 40 * s], [1.36 * w, 90 * s], [1.44 * w, 230 * s]]) * [sign, 1]
    ball = shell(tube(grid, head, np.array([24.0, 24.0]) * s), 16 * s, 1.2 * s)
    return np.maximum(ball * 0.7, shell(tube(grid, shaft, np.array([17.0, 12.5, 11.5]) * s), 11 * s, 3.5 * s))
