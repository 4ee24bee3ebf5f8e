"""Clavicles, scapulae and humeri."""

import numpy as np
from PIL import Image, ImageDraw

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.chest import Chest
from overread.testing.phantoms.grid import Grid, Map, add_bone, shell, smooth, soft_blur, tube


def shoulders(chest: Chest, view: str) -> Map:
    """Return the bones of both shoulders; in PA the blades are turned off the lungs, in AP they lie on them."""
    body, total = chest.body, chest.grid.empty()
    for side, sign in ((0, -1.0), (1, 1.0)):
        _clavicle(total, chest.grid, body, sign, view)
        _scapula(total, chest.grid, body, sign, view)
        total += _humerus(chest.grid, body, sign, body.arm_angles[side])
    return total


def _clavicle(total: Map, grid: Grid, body: Body, sign: float, view: str) -> None:
    s, w = body.scale, body.half_width
    high = (-14 if view == "AP" else 0) * s + body.clavicle
    line = np.array(
        [
            [15 * s, 36 * s],
            [0.3 * w, 27 * s],
            [0.55 * w, 10 * s],
            [0.8 * w, -4 * s],
            [1.02 * w, -6 * s],
            [1.17 * w, 1 * s],
        ]
    )
    line = line * [sign, 1] + [body.depth_shift(-0.85 * body.half_depth), 0]
    line[:, 1] += high * np.array([1, 0.9, 0.7, 0.4, 0.2, 0.0])
    curve = smooth(line)
    thick = np.interp(np.linspace(0, 1, len(curve)), [0, 0.15, 0.5, 0.8, 1.0], [9.5, 7.2, 5.8, 6.2, 8.0])
    add_bone(total, grid, curve, thick * s, 5.6 * s, 1.5 * s)


def _scapula(total: Map, grid: Grid, body: Body, sign: float, view: str) -> None:
    s, w = body.scale, body.half_width
    out = 0.0 if view == "AP" else 0.17 * w
    border = np.array(
        [
            [0.80 * w + out, 2 * s],
            [0.73 * w + out, 60 * s],
            [0.83 * w + out, 138 * s],
            [1.06 * w + 0.5 * out, 62 * s],
            [1.15 * w + 0.3 * out, 36 * s],
            [1.17 * w + 0.3 * out, 12 * s],
            [0.98 * w + out, 2 * s],
        ]
    )
    border[:, 0] *= sign
    canvas = Image.new("L", (grid.size, grid.size), 0)
    ImageDraw.Draw(canvas).polygon([(float(column), float(row)) for column, row in grid.to_pixels(border)], fill=1)
    plate = np.asarray(canvas, np.float32)
    total += soft_blur(plate, max(1.2 * s / grid.step, 0.5)) * np.float32(1.2 * s)
    outer, inner = smooth(border[2:5]), smooth(border[:3])
    add_bone(total, grid, outer, np.full(len(outer), 3.8 * s), 3.6 * s, 1.1 * s)
    add_bone(total, grid, inner, np.full(len(inner), 2.0 * s), 2.0 * s, 0.9 * s)
    ridge = np.array([[0.84 * w + out, 24 * s], [1.03 * w + 0.5 * out, 4 * s], [1.24 * w, -8 * s]]) * [sign, 1]
    spine = smooth(ridge)
    add_bone(total, grid, spine, np.linspace(2.5, 8.5, len(spine)) * s, 3.2 * s, 0.9 * s)


def _humerus(grid: Grid, body: Body, sign: float, angle: float) -> Map:
    s, w = body.scale, body.half_width
    top = np.array([1.29 * w, 27 * s])
    way = np.array([np.sin(angle), np.cos(angle)])
    head = np.stack([top, top + way * 3 * s]) * [sign, 1]
    neck = top + np.array([0.03 * w, 6 * s])
    shaft = np.stack([neck, neck + way * 45 * s, neck + way * 320 * s]) * [sign, 1]
    ball = shell(tube(grid, head, np.array([23.0, 22.0]) * s), 15 * s, 1.1 * s)
    bone = shell(tube(grid, shaft, np.array([16.0, 12.0, 11.5]) * s), 10 * s, 3.0 * s)
    return np.asarray(np.maximum(ball * np.float32(0.75), bone), np.float32)
