"""Rib fractures: a gap and a step in the bone."""

import numpy as np
from scipy import ndimage

from overread.testing.phantoms.chest import Chest, Layers
from overread.testing.phantoms.grid import Mask
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding, Side
from overread.testing.phantoms.skeleton import rib_points
from overread.testing.phantoms.streams import spread, stream

RIBS_OF_ZONE = {"upper": 3, "mid": 5, "lower": 7}


def break_ribs(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Break one, two or three neighbouring ribs towards the side of the chest."""
    draw = stream("fracture", recipe.patient, side)
    count = {"small": 1, "moderate": 2, "large": 3}[finding.severity or "moderate"]
    mask = np.zeros(chest.grid.x.shape, np.bool_)
    where = spread(draw, 0.45, 0.8)
    for offset in range(count):
        index = RIBS_OF_ZONE[finding.zone or "mid"] + offset
        points = rib_points(chest.body, index, chest.sign(side))[:11]
        middle = int(np.clip(round((where + draw.normal(0, 0.04)) * len(points)), 4, len(points) - 3))
        along = points[middle + 1] - points[middle - 1]
        mask |= _break(chest, layers, points[middle], along / np.hypot(*along), draw)
    return mask


def _break(chest: Chest, layers: Layers, at: np.ndarray, along: np.ndarray, draw: np.random.Generator) -> Mask:
    grid, s = chest.grid, chest.body.scale
    radius = 13 * s
    dx, dy = grid.x - np.float32(at[0]), grid.y - np.float32(at[1])
    t = dx * np.float32(along[0]) + dy * np.float32(along[1])
    n = -dx * np.float32(along[1]) + dy * np.float32(along[0])
    near = np.hypot(t, n) < radius
    rows, columns = np.nonzero(near)
    if not rows.size:
        return near
    step = spread(draw, 4.5, 8.0) * s * (1 if draw.random() < 0.5 else -1)
    fade = np.clip(1 - np.abs(t[near]) / radius, 0, 1) * (t[near] > 0)
    body_shift = np.stack([-along[1] * step * fade, along[0] * step * fade], axis=1)
    c, sn = np.cos(grid.tilt), np.sin(grid.tilt)
    source_columns = columns - (c * body_shift[:, 0] - sn * body_shift[:, 1]) / grid.step
    source_rows = rows - (sn * body_shift[:, 0] + c * body_shift[:, 1]) / grid.step
    moved = ndimage.map_coordinates(layers.bone, [source_rows, source_columns], order=1, mode="nearest")
    gap = np.exp(-((t[near] + 0.25 * n[near]) ** 2) / (1.9 * s) ** 2) * (np.abs(n[near]) < 9 * s)
    ends = np.exp(-(((np.abs(t[near]) - 4.5 * s) / (2.2 * s)) ** 2)) * np.clip(moved / (2 * s), 0, 1)
    layers.bone[near] = moved * (1 - 0.95 * gap) + 2.2 * s * ends
    return near & (np.abs(n) < 10 * s)
