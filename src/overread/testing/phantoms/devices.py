"""Tubes and lines, in their right place and in wrong ones."""

from typing import Literal

import numpy as np

from overread.testing.phantoms.chest import Chest, Layers
from overread.testing.phantoms.grid import Mask, Points, chord, smooth, tube
from overread.testing.phantoms.recipe import Device, PhantomRecipe, PlacedFinding
from overread.testing.phantoms.streams import spread, stream

WrongPlace = Literal["deep", "high", "astray"]
"""Too deep (right main bronchus, right atrium) · too high (neck, oesophagus) · in another vessel or the airways."""


def wrong_place(device: Device, patient: int) -> WrongPlace:
    """Say where a malpositioned device of a patient is drawn: the same draws as of its way, in their order."""
    draw = stream("device", patient, device)
    if device == "endotracheal_tube":
        draw.uniform()
        return "deep" if draw.random() < 0.6 else "high"
    if device == "central_venous_line":
        draw.random()
        return "deep" if int(draw.integers(3)) == 0 else "astray"
    draw.uniform()
    return "high" if draw.random() < 0.5 else "astray"


def insert_device(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe) -> Mask:
    """Draw a device and return its mask."""
    draw = stream("device", recipe.patient, finding.device or "")
    wrong = finding.device_position == "malpositioned"
    if finding.device == "endotracheal_tube":
        return _draw(chest, layers, _tracheal(chest, wrong, draw), 5.2, wall=1.9, stripe=1.1)
    if finding.device == "central_venous_line":
        return _draw(chest, layers, _venous(chest, wrong, draw), 1.5, wall=1.6, stripe=1.0)
    return _draw(chest, layers, _gastric(chest, wrong, draw), 2.5, wall=1.5, stripe=1.0)


def _draw(chest: Chest, layers: Layers, points: Points, radius: float, wall: float, stripe: float) -> Mask:
    s = max(chest.body.scale, 0.7)
    line = smooth(points)
    relative = tube(chest.grid, line, np.full(len(line), max(radius * s, 0.9 * chest.grid.step)))
    layers.soft += np.float32(2 * wall * s) * (chord(relative) - np.float32(0.8) * chord(relative * np.float32(1.7)))
    mark = line + np.array([0.35 * radius * s, 0.0])
    width = max(0.8 * s, 0.65 * chest.grid.step)
    layers.metal += np.float32(stripe * 0.8 * s / width) * chord(tube(chest.grid, mark, np.full(len(line), width)))
    return relative < 1


def _tracheal(chest: Chest, wrong: bool, draw: np.random.Generator) -> Points:
    body = chest.body
    s, carina = body.scale, body.carina
    start, shift = [spread(draw, -6, 8) * s, -150 * s], -0.7 * body.shift
    if not wrong:
        tip = [-2 * s - shift, carina - spread(draw, 32, 58) * s]
    elif draw.random() < 0.6:
        bronchus = [-0.24 * body.half_width, carina + spread(draw, 22, 32) * s]
        return np.array([start, [0, -60 * s], [-2 * s, carina - 12 * s], bronchus])
    else:
        tip = [0.0, carina - spread(draw, 92, 112) * s]
    return np.array([start, [start[0] * 0.4, (start[1] + tip[1]) / 2], tip])


def _venous(chest: Chest, wrong: bool, draw: np.random.Generator) -> Points:
    body = chest.body
    s, w, carina = body.scale, body.half_width, body.carina
    cava = -0.16 * w
    neck = draw.random() < 0.55
    way = (
        [[-0.42 * w, -150 * s], [-0.3 * w, -40 * s]]
        if neck
        else [[-1.2 * w, 70 * s], [-0.85 * w, 28 * s], [-0.5 * w, 14 * s], [-0.26 * w, 24 * s]]
    )
    if not wrong:
        return np.array([*way, [cava, carina - 28 * s], [cava - 2 * s, carina + spread(draw, 8, 36) * s]])
    kind = int(draw.integers(3))
    if kind == 0:
        return np.array(
            [
                *way,
                [cava, carina - 10 * s],
                [cava, carina + 60 * s],
                [cava + 12 * s, carina + spread(draw, 95, 120) * s],
            ]
        )
    if kind == 1:
        return np.array([*way, [0.0, 30 * s], [0.4 * w, 18 * s], [0.7 * w, 20 * s]])
    if neck:
        return np.array([*way, [-0.3 * w, 14 * s], [-0.55 * w, 12 * s], [-0.85 * w, 26 * s]])
    return np.array([*way[:-1], [-0.3 * w, -10 * s], [-0.34 * w, -90 * s]])


def _gastric(chest: Chest, wrong: bool, draw: np.random.Generator) -> Points:
    body = chest.body
    s, w = body.scale, body.half_width
    start = [spread(draw, -8, 10) * s, -150 * s]
    if not wrong:
        stomach = [spread(draw, 0.3, 0.55) * w, body.left_dome + spread(draw, 35, 60) * s]
        return np.array(
            [
                start,
                [3 * s, 0],
                [5 * s, body.carina],
                [8 * s, body.left_dome - 25 * s],
                [0.16 * w, body.left_dome + 22 * s],
                stomach,
            ]
        )
    if draw.random() < 0.5:
        return np.array([start, [2 * s, 0], [4 * s, body.carina], [6 * s, body.carina + spread(draw, 15, 60) * s]])
    end = [-spread(draw, 0.4, 0.55) * w, body.right_dome - spread(draw, 12, 40) * s]
    return np.array([start, [0, 0], [-2 * s, body.carina - 8 * s], [-0.22 * w, body.carina + 32 * s], end])
