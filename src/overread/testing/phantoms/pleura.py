"""Fluid and air in the pleural space."""

import numpy as np
from scipy import ndimage

from overread.testing.phantoms.airways import hilum
from overread.testing.phantoms.chest import Chest, Layers
from overread.testing.phantoms.grid import Map, Mask, clutter
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding, Side
from overread.testing.phantoms.streams import spread, stream


def effusion(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Fill the pleural space: a meniscus when upright, a level under a pneumothorax, a veil when supine."""
    draw = stream("effusion", recipe.patient, side)
    share = (_veil if recipe.supine else _meniscus)(chest, finding, recipe, side, draw)
    share *= chest.weight(side)
    moved = layers.lung * share
    layers.lung -= moved
    layers.soft += moved
    layers.vessels *= 1 - share if not recipe.supine else 1 - 0.3 * share
    return chest.masks[f"{side}_lung"] & (share > (0.05 if recipe.supine else 0.15))


def _meniscus(
    chest: Chest, finding: PlacedFinding, recipe: PhantomRecipe, side: Side, draw: np.random.Generator
) -> Map:
    body = chest.body
    low, high = {"small": (26, 42), "moderate": (62, 95), "large": (120, 175)}[finding.severity or "moderate"]
    height = spread(draw, low, high) * body.scale
    surface = body.floor - height
    if _shares_side(recipe, "Pneumothorax", side):
        level = chest.grid.y - np.float32(surface)
    else:
        sweep = 26 * body.scale * (1 - np.clip(chest.across, 0, 1) ** 3) - 7 * body.scale
        level = chest.grid.y - np.float32(surface) - sweep.astype(np.float32)
    soft_edge = (3 if _shares_side(recipe, "Pneumothorax", side) else 20) * body.scale
    rise = np.clip(level / np.float32(soft_edge), 0, 1)
    return np.asarray((rise * rise * (3 - 2 * rise)).astype(np.float32) * np.float32(0.97), np.float32)


def _veil(chest: Chest, finding: PlacedFinding, recipe: PhantomRecipe, side: Side, draw: np.random.Generator) -> Map:
    depth = {"small": 0.13, "moderate": 0.24, "large": 0.4}[finding.severity or "moderate"] * spread(draw, 0.9, 1.15)
    down = np.clip(chest.grid.y / chest.body.floor, 0, 1)
    cap = 0.5 * np.exp(-((chest.grid.y / (14 * chest.body.scale)) ** 2))
    return np.asarray(((0.45 + 0.75 * down**1.5 + cap) * depth).astype(np.float32), np.float32)


def pneumothorax(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Collapse the lung towards its hilum: a pleural line, and no vessels beyond it."""
    draw = stream("pneumothorax", recipe.patient, side)
    low, high = {"small": (0.84, 0.91), "moderate": (0.66, 0.78), "large": (0.38, 0.55)}[finding.severity or "moderate"]
    keep = spread(draw, low, high)
    inside = _collapsed(chest, side, keep, draw)
    field = chest.weight(side) > 0.5
    beyond = field & (inside < 0)
    edge = np.clip(inside / (9 * chest.body.scale), 0, 1)
    held = np.where(field, np.where(beyond, 0, 0.72 + 0.28 * edge), 1).astype(np.float32)
    packed = np.where(field & ~beyond, np.clip(1 / keep - 1, 0, 0.9) * 0.16, 0).astype(np.float32)
    line = np.exp(-((inside / np.float32(max(0.8 * chest.body.scale, 0.6 * chest.grid.step))) ** 2)) * field
    if recipe.supine and finding.severity == "small":
        line *= 0.8
    layers.soft += layers.lung * packed + np.float32(3.2 * chest.body.scale) * line
    layers.lung *= held
    layers.vessels *= np.where(beyond, 0, held)
    return chest.masks[f"{side}_lung"] & beyond


def _collapsed(chest: Chest, side: Side, keep: float, draw: np.random.Generator) -> Map:
    """Return millimetres inside the collapsed lung's edge, negative beyond it; the base stays where it was."""
    body, grid = chest.body, chest.grid
    sign = chest.sign(side)
    hx = hilum(body, sign)[0]
    base = body.floor
    up = np.clip((base - grid.y) / base, 0, 1)
    across = np.float32(1) - np.float32(1 - keep) * np.clip(0.25 + 1.1 * up, 0, 1).astype(np.float32)
    down = np.float32(1 - 0.55 * (1 - keep))
    wave = clutter(draw, grid.size, 4.0, 0.05) * np.float32(1.2 * body.scale)
    x = np.float32(0.7 * hx) + (grid.x - np.float32(0.7 * hx)) / across + wave * sign
    y = np.float32(base) + (grid.y - np.float32(base)) / down
    half = body.at(body.lateral, y)
    gap = np.minimum((half - sign * x) * across, y * down)
    steep = np.hypot(*np.gradient(ndimage.gaussian_filter(gap, 1.0), grid.step))
    return np.asarray(gap / np.clip(steep, 0.5, 4).astype(np.float32), np.float32)


def _shares_side(recipe: PhantomRecipe, label: str, side: Side) -> bool:
    return any(other.label == label and side in other.sides for other in recipe.findings)
