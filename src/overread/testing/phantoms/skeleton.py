"""Ribs, spine, clavicles, scapulae and humeri as millimetres of cortical bone."""

import numpy as np
from scipy.special import expit

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.chest import Chest
from overread.testing.phantoms.grid import Grid, Map, Points, shell, tube_window
from overread.testing.phantoms.shoulders import shoulders

RIBS = 11


def rib_points(body: Body, index: int, sign: float) -> Points:
    """Return the centre line of a rib (1 to 11) from spine to sternum, as [n, 2] body points.

    A rib is an ellipse around the chest in a plane that descends towards the sternum.
    """
    tilt = body.rib_tilt * float(np.interp(index, [1, 2, 3, 5, 9, 11], [0.5, 0.7, 0.85, 1.0, 1.05, 0.7]))
    start = body.rib_gap * (index - 1) - 0.35 * body.rib_gap
    half = float(body.at(body.lateral, start + 0.5 * tilt)) * (0.86 if index == 1 else 1.0) + 2 * body.scale
    depth = min(float(body.at(body.depth, start + 0.5 * tilt)) * 1.05 + 6 * body.scale, body.half_depth * 1.08)
    first = np.rad2deg(np.arccos(min(18 * body.scale / half, 0.9)))
    last = {1: -50, 2: -56, 10: -15, 11: -5}.get(index, -60)
    angles = np.deg2rad(np.linspace(first, last, 20))
    rise = 0.16 * body.rib_gap * np.sin(np.clip(angles, 0, None) * 2)
    y = start + tilt * (1 - np.sin(angles)) / 2 - rise
    return np.stack([half * np.cos(angles) * sign + depth * np.sin(angles) * body.turn, y], axis=1)


def skeleton(chest: Chest, view: str) -> Map:
    """Return all bone of the frontal chest."""
    return ribs(chest) + spine(chest.grid, chest.body) + shoulders(chest, view)


def ribs(chest: Chest) -> Map:
    """Return the ribs; brighter where a rib runs along the ray at the side, fainter in front, ending in cartilage."""
    body, grid, total = chest.body, chest.grid, chest.grid.empty()
    s = body.scale
    size = (5.4 if body.is_child else 5.9) * s
    for index in range(1, RIBS + 1):
        for sign in (-1.0, 1.0):
            points = rib_points(body, index, sign)
            share = np.linspace(0, 1, len(points))
            window, relative = tube_window(
                grid, points, size * np.interp(share, [0, 0.15, 0.5, 1], [0.75, 0.95, 1, 1.2])
            )
            side_y = float(points[np.argmax(sign * points[:, 0]), 1])
            front = expit((grid.y[window] - np.float32(side_y + 4 * s)) / np.float32(4 * s))
            end = points[-1]
            along = (sign * (grid.x[window] - np.float32(end[0])) / np.float32(16 * s)).clip(0, 1)
            weight = (1 - front) + front * np.float32(0.48) * along
            total[window] += shell(relative, 3.3 * s, 0.8 * s) * weight
    steep = np.clip(1 - (0.9 * np.clip(chest.across, 0, 1)) ** 2, 0.2, 1) ** -0.5
    return np.asarray(total * np.minimum(steep, 1.7), np.float32)


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
    height = np.clip((0.46 - np.abs(phase - 0.5)) * gap / (3.0 * s), 0, 1)
    bone = 5.0 * box * height * np.sqrt(np.clip(1 - (ax / (half + 4)) ** 2, 0.2, 1))
    edge = np.exp(-(((np.abs(phase - 0.5) - 0.42) * gap / (1.3 * s)) ** 2)) * box
    wall = np.exp(-(((ax - half + 1) / 1.3) ** 2)) * height
    rho = np.hypot((ax - 0.62 * half) / 3.6, (phase - 0.38) * gap / (5.6 * s))
    pedicle = np.exp(-(((rho - 1) / 0.33) ** 2))
    process = np.exp(-((x / 2.6) ** 2) - (((phase - 0.8) * gap / (6 * s)) ** 2))
    wing = np.exp(-(((phase - 0.36) * gap / (3.6 * s)) ** 2)) * ((ax > half) & (ax < half + 13)) * expit(half + 11 - ax)
    strength = s * (1.0 if body.is_child else 0.8)
    total[:, part] = (bone + 2.0 * edge + 1.6 * wall + 2.2 * pedicle + 2.6 * process + 2.4 * wing) * strength
    return total
