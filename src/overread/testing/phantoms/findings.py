"""Put findings into the frontal chest: each changes the tissue layers and returns its exact mask."""

from collections.abc import Callable

import numpy as np

from overread.testing.phantoms.airways import hilum
from overread.testing.phantoms.chest import Chest, Layers
from overread.testing.phantoms.fractures import break_ribs
from overread.testing.phantoms.grid import Map, Mask, Points, chord, clutter, smooth, tube
from overread.testing.phantoms.pleura import effusion, pneumothorax
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding, Side
from overread.testing.phantoms.streams import spread, stream
from overread.testing.phantoms.subphrenic import free_air

Draw = Callable[[Chest, Layers, PlacedFinding, PhantomRecipe, Side], Mask]
ZONES = {"upper": (0.14, 0.34), "mid": (0.40, 0.60), "lower": (0.66, 0.86)}
"""Bands of the lung height (apex to dome) that the zones cover."""


def place(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe) -> Mask:
    """Draw a finding and return its mask; heart and mediastinum are drawn with the body, so theirs are just read."""
    if finding.label == "Cardiomegaly":
        return chest.masks["heart"]
    if finding.label == "Enlarged Cardiomediastinum":
        return chest.masks["cardiomediastinum"] & (chest.grid.y < chest.body.carina + 40 * chest.body.scale)
    mask = np.zeros(chest.grid.x.shape, np.bool_)
    for side in finding.sides:
        mask |= DRAWN[finding.label](chest, layers, finding, recipe, side)
    return mask


def spot(chest: Chest, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> tuple[float, float]:
    """Choose a body point in the finding's zone, inside the visible lung of that side."""
    draw = stream("spot", recipe.patient, finding.label, side)
    low, high = ZONES[finding.zone or "mid"]
    body, grid = chest.body, chest.grid
    dome = body.left_dome if side == "left" else body.right_dome
    best = (chest.sign(side) * 0.65 * body.half_width, (low + high) / 2 * dome)
    for _ in range(30):
        y = spread(draw, low, high) * dome
        x = chest.sign(side) * spread(draw, 0.3, 0.8) * float(body.at(body.lateral, y))
        column, row = np.round(grid.to_pixels(np.array([[x, y]]))[0]).astype(int)
        if 0 <= column < grid.size and 0 <= row < grid.size and chest.side(side)[row, column]:
            return x, y
    return best


def fill(layers: Layers, share: Map, density: float = 0.92) -> None:
    """Turn a share of the lung along each ray to water density; the vessels in it can no longer be told apart."""
    moved = layers.lung * share
    layers.lung -= moved
    layers.soft += moved * np.float32(density)
    layers.vessels *= 1 - share


def blob(chest: Chest, at: tuple[float, float], radius: float, seed: tuple[str | int, ...], rough: float) -> Map:
    """Return 1 in the middle of an uneven patch falling to 0 at its edge."""
    draw = stream("blob", *seed)
    turn, long = spread(draw, -0.7, 0.7), spread(draw, 1.0, 1.5)
    dx, dy = chest.grid.x - np.float32(at[0]), chest.grid.y - np.float32(at[1])
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / (radius * long)
    v = (-dx * np.sin(turn) + dy * np.cos(turn)) * long / (radius * 1.1)
    noise = clutter(draw, chest.grid.size, 3.2, 0.2)
    edge = 1 - np.hypot(u, v) + np.float32(rough) * noise
    return np.asarray(np.clip(edge / 0.8, 0, 1).astype(np.float32) ** 0.8, np.float32)


def consolidation(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Fill air spaces: an uneven dense patch, with air bronchograms running out from the hilum."""
    draw = stream("consolidation", recipe.patient, side)
    radius = {"small": 22.0, "moderate": 36.0, "large": 54.0}[finding.severity or "moderate"] * chest.body.scale
    at = spot(chest, finding, recipe, side)
    share = blob(chest, at, radius, (recipe.patient, finding.label, side), 0.28) * np.float32(spread(draw, 0.42, 0.7))
    share *= 1 - np.float32(0.4) * _bronchograms(chest, at, radius, side, draw)
    share *= chest.weight(side)
    fill(layers, share)
    return chest.masks[f"{side}_lung"] & (share > 0.12)


def _bronchograms(chest: Chest, at: tuple[float, float], radius: float, side: Side, draw: np.random.Generator) -> Map:
    root = np.array(hilum(chest.body, chest.sign(side)))
    air = chest.grid.empty()
    for _ in range(4):
        end = np.array(at) + draw.normal(0, 0.45 * radius, 2)
        bend = (root + end) / 2 + draw.normal(0, 8 * chest.body.scale, 2)
        line = smooth(np.stack([root, bend, end]))
        air = np.maximum(air, chord(tube(chest.grid, line, np.linspace(2.6, 1.0, len(line)) * chest.body.scale)))
    return air


def opacity(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Lay an ill-defined haze, through which the vessels stay visible (ground glass)."""
    draw = stream("opacity", recipe.patient, side)
    radius = {"small": 30.0, "moderate": 46.0, "large": 66.0}[finding.severity or "moderate"] * chest.body.scale
    at = spot(chest, finding, recipe, side)
    share = blob(chest, at, radius, (recipe.patient, finding.label, side), 0.4) * np.float32(spread(draw, 0.16, 0.3))
    share *= chest.weight(side)
    moved = layers.lung * share
    layers.lung -= moved
    layers.soft += moved
    return chest.masks[f"{side}_lung"] & (share > 0.04)


def lesion(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Put a nodule (to 15 mm radius) or a mass into the lung."""
    draw = stream("lesion", recipe.patient, side)
    low, high = {"small": (6.5, 9.5), "moderate": (11, 17), "large": (20, 34)}[finding.severity or "moderate"]
    radius = spread(draw, low, high) * chest.body.scale**0.7
    x, y = spot(chest, finding, recipe, side)
    dx, dy = chest.grid.x - np.float32(x), chest.grid.y - np.float32(y)
    angle = np.arctan2(dy, dx)
    lobes = sum(spread(draw, 0.02, 0.08) * np.cos(k * angle + spread(draw, 0, 6.3)) for k in (2, 3, 5, 8))
    relative = (np.hypot(dx, dy) / (radius * (1 + lobes))).astype(np.float32)
    ball = 2.4 * np.float32(radius) * np.clip(1 - relative**2, 0, None) ** np.float32(0.65)
    ball = np.minimum(ball, layers.lung * np.float32(0.9) + 2)
    layers.soft += ball
    layers.lung = np.clip(layers.lung - ball, 0, None)
    return np.asarray(relative < 1, np.bool_)


def atelectasis(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Draw plate-like bands; the raised dome of larger volume loss belongs to the body."""
    draw = stream("atelectasis", recipe.patient, side)
    count = {"small": 1, "moderate": 2, "large": 4}[finding.severity or "moderate"]
    s, sign = chest.body.scale, chest.sign(side)
    x, y = spot(chest, finding, recipe, side)
    mask = np.zeros(chest.grid.x.shape, np.bool_)
    for index in range(count):
        slope, length = spread(draw, -0.45, 0.3), spread(draw, 26, 46) * s
        middle = np.array([x + draw.normal(0, 8) * s, y + (index - (count - 1) / 2) * spread(draw, 9, 16) * s])
        reach = np.array([sign * np.cos(slope), -np.sin(slope)]) * length
        line: Points = np.stack([middle - reach, middle + np.array([0, spread(draw, -4, 4) * s]), middle + reach])
        relative = tube(chest.grid, line, np.array([1.6, spread(draw, 2.2, 4.2), 1.2]) * s)
        inside = (relative < 1) & chest.masks[f"{side}_lung"]
        share = chord(relative) * inside * np.float32(spread(draw, 0.22, 0.4))
        layers.soft += layers.lung * share
        layers.lung *= 1 - share
        mask |= inside
    return mask


def edema(chest: Chest, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe, side: Side) -> Mask:
    """Haze around the hilum, thickened vessels and septal lines at the base."""
    draw = stream("edema", recipe.patient, side)
    s, strength = chest.body.scale, {"small": 0.13, "moderate": 0.24, "large": 0.42}[finding.severity or "moderate"]
    x, y = hilum(chest.body, chest.sign(side))
    dx, dy = chest.grid.x - np.float32(x * 1.35), chest.grid.y - np.float32(y + 22 * s)
    near = np.exp(-((dx / (52 * s)) ** 2) - (dy / (74 * s)) ** 2)
    noise = clutter(draw, chest.grid.size, 2.4, 0.3)
    full = chest.weight(side)
    share = np.clip(near * strength * (1 + 0.25 * noise), 0, 0.9).astype(np.float32) * full
    moved = layers.lung * share
    layers.lung -= moved
    layers.soft += moved
    layers.vessels *= 1 + np.float32(0.35 * strength) * full
    layers.soft += _septal_lines(chest, side, draw) * np.float32(3.0 * min(strength * 5, 1.3) * s)
    return chest.masks[f"{side}_lung"] & (share > 0.05)


def _septal_lines(chest: Chest, side: Side, draw: np.random.Generator) -> Map:
    body, sign, total = chest.body, chest.sign(side), chest.grid.empty()
    dome = body.left_dome if side == "left" else body.right_dome
    for _ in range(9):
        y = spread(draw, 0.72, 1.08) * dome
        outer = float(body.at(body.lateral, y)) - 1
        line = np.array(
            [[sign * outer, y], [sign * (outer - spread(draw, 9, 17) * body.scale), y - spread(draw, -2, 3)]]
        )
        total = np.maximum(total, chord(tube(chest.grid, line, np.array([0.9, 0.6]))))
    return total * chest.masks[f"{side}_lung"]


DRAWN: dict[str, Draw] = {
    "Pleural Effusion": effusion,
    "Pneumothorax": pneumothorax,
    "Consolidation": consolidation,
    "Lung Opacity": opacity,
    "Lung Lesion": lesion,
    "Atelectasis": atelectasis,
    "Edema": edema,
    "Fracture": break_ribs,
    "Pneumoperitoneum": free_air,
}
