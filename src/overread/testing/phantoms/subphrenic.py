"""Air below the diaphragm: the stomach bubble, bowel gas, and free air."""

import numpy as np

from overread.testing.phantoms.chest import Chest, Layers
from overread.testing.phantoms.grid import Map, Mask, clutter
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding, Side
from overread.testing.phantoms.streams import spread, stream


def free_air(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Put air under the dome: a crescent when upright, a lucency over the upper abdomen when supine."""
    draw = stream("free air", recipe.patient, side)
    body, sign = chest.body, chest.sign(side)
    s, thick = body.scale, {"small": 6.0, "moderate": 13.0, "large": 24.0}[finding.severity or "moderate"]
    x = (sign * chest.grid.x - np.float32(0.5 * body.half_width)) / np.float32(0.42 * body.half_width)
    if recipe.supine:
        v = (chest.below_dome - np.float32(34 * s)) / np.float32((18 + thick) * s)
        depth = np.clip(1 - x * x - v * v, 0, None) ** 0.5 * np.float32((18 + 1.4 * thick) * s)
        depth *= chest.below_dome > 2 * s
        layers.soft = np.clip(layers.soft - depth, 0, None)
        return np.asarray(depth > 6 * s, np.bool_)
    reach = np.float32(thick * s * spread(draw, 0.9, 1.2)) * np.clip(1 - x * x, 0, None)
    low = np.float32(2.6 * s)
    v = np.clip((chest.below_dome - low) / np.maximum(reach, 1e-3), 0, 1)
    inside = (chest.below_dome > low) & (v < 1) & (reach > 1.5 * s)
    depth = np.where(
        inside, np.clip(np.minimum(v * 8, (1 - v) * 3), 0, 1) * 62 * s * np.sqrt(np.clip(1 - x * x, 0, 1)), 0
    )
    layers.soft = np.clip(layers.soft - depth.astype(np.float32), 0, None)
    layers.lung = np.where(inside, layers.lung * np.float32(0.6), layers.lung)
    return np.asarray(inside)


def abdominal_gas(chest: Chest, recipe: PhantomRecipe) -> Map:
    """Return the air of stomach and bowel along each ray; normal, and different in every study."""
    draw = stream("gas", recipe.number)
    grid, body = chest.grid, chest.body
    s, total = body.scale, chest.grid.empty()
    if draw.random() < 0.75:
        x, y = spread(draw, 0.38, 0.62) * body.half_width, body.left_dome + spread(draw, 22, 40) * s
        wide, high = spread(draw, 22, 44) * s, spread(draw, 13, 26) * s
        u, v = (grid.x - np.float32(x)) / wide, (grid.y - np.float32(y)) / high
        ball = np.clip(1 - u * u - v * v, 0, None) ** 0.5 * np.float32(spread(draw, 20, 48) * s)
        if not recipe.supine:
            ball *= v < spread(draw, 0.1, 0.9)
        total += ball
    for _ in range(int(draw.integers(0, 7))):
        x, y = spread(draw, -0.8, 0.9) * body.half_width, body.floor + spread(draw, 5, 90) * s
        size = spread(draw, 8, 20) * s
        u, v = (
            (grid.x - np.float32(x)) / np.float32(size * spread(draw, 0.8, 2.0)),
            (grid.y - np.float32(y)) / np.float32(size),
        )
        total += np.clip(1 - u * u - v * v, 0, None) ** 0.5 * np.float32(spread(draw, 8, 26) * s)
    wave = 1 + 0.2 * clutter(draw, grid.size, 3.0, 0.2)
    return np.asarray(total * np.clip(wave, 0.2, 1.6) * (chest.below_dome > 4 * s), np.float32)
