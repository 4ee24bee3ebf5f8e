"""Findings on the lateral view. A finding that a lateral does not show (a rib fracture) gets an empty mask."""

import numpy as np

from overread.testing.phantoms.chest import Layers
from overread.testing.phantoms.grid import Map, Mask, chord, clutter, smooth, tube
from overread.testing.phantoms.profile import Profile
from overread.testing.phantoms.recipe import PhantomRecipe, PlacedFinding
from overread.testing.phantoms.streams import spread, stream

ROWS = {"upper": 0.28, "mid": 0.5, "lower": 0.76}
SIZES = {"small": 0.0, "moderate": 1.0, "large": 2.0}
DENSITY = {"Consolidation": 0.4, "Lung Opacity": 0.16, "Atelectasis": 0.3, "Lung Lesion": 0.35}


def place_lateral(profile: Profile, layers: Layers, finding: PlacedFinding, recipe: PhantomRecipe) -> Mask:
    """Draw a finding on the lateral and return its mask."""
    if finding.device is not None:
        return _device(profile, layers, finding)
    if finding.label in ("Cardiomegaly", "Enlarged Cardiomediastinum"):
        return profile.heart_mask
    if finding.label == "Pneumoperitoneum":
        return _free_air(profile, layers, finding)
    share = _share(profile, finding, recipe)
    share *= profile.lungs
    moved = layers.lung * share
    layers.lung -= moved
    if finding.label != "Pneumothorax":
        layers.soft += moved
    layers.vessels *= 1 - share
    return np.asarray(share > 0.06)


def _share(profile: Profile, finding: PlacedFinding, recipe: PhantomRecipe) -> Map:
    grid, body, draw = profile.grid, profile.body, stream("lateral", recipe.patient, finding.label)
    s, grade = body.scale, SIZES[finding.severity or "moderate"]
    sides = 0.85 if finding.laterality == "bilateral" else 0.5
    if finding.label == "Pleural Effusion":
        across = np.clip((grid.x - profile.middle) / np.maximum(profile.depth, 1), -1, 1)
        level = grid.y - np.float32(body.floor + (14 - 30 - 45 * grade) * s) - 22 * s * (1 - across**2)
        return (np.clip(level / (18 * s), 0, 1) * sides).astype(np.float32)
    if finding.label == "Pneumothorax":
        edge = np.float32((14 + 26 * grade) * s)
        gap = np.minimum(grid.y, profile.depth - np.abs(grid.x - profile.middle))
        return np.asarray(
            ((gap < edge) * (gap > 0) * (grid.y < 0.6 * body.floor) * np.float32(0.5)).astype(np.float32), np.float32
        )
    if finding.label == "Edema":
        near = np.exp(-(((grid.x - 10 * s) / (50 * s)) ** 2) - ((grid.y - body.carina - 35 * s) / (65 * s)) ** 2)
        return np.clip(near * (0.12 + 0.13 * grade) * (1 + 0.4 * clutter(draw, grid.size, 2.4, 0.3)), 0, 0.9).astype(
            np.float32
        )
    if finding.label not in DENSITY:
        return grid.empty()
    x = spread(draw, -0.45, 0.7) * body.half_depth
    y = ROWS[finding.zone or "mid"] * body.right_dome
    u, v = (grid.x - np.float32(x)) / s, (grid.y - np.float32(y)) / s
    radius = {"Lung Lesion": 8 + 9 * grade, "Atelectasis": 12 + 6 * grade}.get(finding.label, 26 + 15 * grade)
    if finding.label == "Lung Lesion":
        return np.asarray(
            (np.clip(1 - np.hypot(u, v) / radius, 0, 1) ** 0.5 * DENSITY[finding.label]).astype(np.float32), np.float32
        )
    flat = 4.0 if finding.label == "Atelectasis" else 1.1
    rough = 0.25 * clutter(draw, grid.size, 3.2, 0.2)
    shape = np.clip((1 - np.hypot(u / radius, v * flat / radius) + rough) / 0.45, 0, 1)
    return np.asarray((shape * DENSITY[finding.label] * (1.6 if sides > 0.5 else 1.0)).astype(np.float32), np.float32)


def _free_air(profile: Profile, layers: Layers, finding: PlacedFinding) -> Mask:
    s, thick = profile.body.scale, 6.0 + 9 * SIZES[finding.severity or "moderate"]
    u = (profile.grid.x + np.float32(0.3 * profile.body.half_depth)) / np.float32(0.5 * profile.body.half_depth)
    reach = thick * s * np.clip(1 - u * u, 0, None)
    inside = (profile.below_dome > 3 * s) & (profile.below_dome < 3 * s + reach) & (reach > 1.5 * s)
    layers.soft = np.clip(layers.soft - inside * np.float32(60 * s), 0, None)
    return np.asarray(inside)


def _device(profile: Profile, layers: Layers, finding: PlacedFinding) -> Mask:
    body = profile.body
    s, wrong = body.scale, finding.device_position == "malpositioned"
    if finding.device == "endotracheal_tube":
        points = [[2 * s, -140 * s], [8 * s, -10 * s], [13 * s, body.carina + (26 if wrong else -45) * s]]
    elif finding.device == "central_venous_line":
        points = [[-12 * s, -90 * s], [-14 * s, 20 * s], [-16 * s, body.carina + (95 if wrong else 20) * s]]
    else:
        low = body.carina + 40 * s if wrong else body.left_dome + 45 * s
        points = [[12 * s, -140 * s], [24 * s, 30 * s], [26 * s, 0.6 * low], [6 * s, low]]
    line = smooth(np.array(points))
    relative = tube(profile.grid, line, np.full(len(line), max(2.0 * s, 0.9 * profile.grid.step)))
    layers.metal += np.float32(0.5 * s) * chord(relative)
    layers.soft += np.float32(2.0 * s) * chord(relative)
    return np.asarray(relative < 1)
