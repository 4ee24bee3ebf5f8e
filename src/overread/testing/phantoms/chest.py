"""The frontal chest as tissue thickness maps: body, lungs, mediastinum, heart and diaphragm."""

from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.special import expit

from overread.testing.phantoms.body import Body
from overread.testing.phantoms.grid import Grid, Map, Mask, soft_blur
from overread.testing.phantoms.streams import spread, stream


@dataclass
class Layers:
    """Thickness of each tissue along the ray, millimetres at adult size; findings and devices change it in place."""

    soft: Map
    lung: Map
    bone: Map
    metal: Map
    vessels: Map
    """Soft tissue that lies in the lung; apart, because a collapsed lung takes its vessels along."""


@dataclass
class Chest:
    """Geometry of the frontal chest on one film; sides are the patient's."""

    grid: Grid
    body: Body
    column: Map
    """Depth of the chest cavity along the ray, 0 outside it."""
    mediastinum: Map
    """Share of the cavity that the mediastinum fills."""
    central: Mask
    """Inside the outline of the mediastinum."""
    heart: Map
    """Share that the heart fills."""
    heart_relative: Map
    """Distance from the heart's middle over its contour's; the heart is below 1."""
    below_dome: Map
    """Millimetres below the outline of the diaphragm, negative above."""
    across: Map
    """|x| over the internal half width."""
    masks: dict[str, Mask] = field(default_factory=dict)

    def side(self, side: str) -> Mask:
        """Return the visible lung field of a side, pathology included."""
        return self.masks[f"{side}_lung"]

    def weight(self, side: str) -> Map:
        """Return 1 on a side, 0 on the other, with a soft step at the midline."""
        shifted = self.grid.x - np.float32(self.body.depth_shift(20 * self.body.scale))
        return np.asarray(expit(np.float32(self.sign(side) / (5 * self.body.scale)) * shifted), np.float32)

    def sign(self, side: str) -> float:
        """Return the direction of a side in the image: the patient's left is image right."""
        return 1.0 if side == "left" else -1.0


def build_chest(grid: Grid, body: Body) -> Chest:
    """Lay out cavity, mediastinum, heart and diaphragm."""
    half = body.at(body.lateral, grid.y)
    across = np.asarray(np.abs(grid.x) / half, np.float32)
    column = 2 * body.at(body.depth, grid.y) * np.sqrt(np.clip(1 - across**2.8, 0, None))
    column[grid.y < 0] = 0
    relative = _heart_relative(grid, body)
    heart = np.float32(0.84) * np.sqrt(np.clip(1 - relative**2.2, 0, None))
    chest = Chest(grid, body, column, *_mediastinum(grid, body), heart, relative, _below_dome(grid, body), across)
    _add_masks(chest)
    return chest


def lung_thickness(chest: Chest) -> Map:
    """Return the air-bearing lung along each ray."""
    dome = np.sqrt(np.clip(chest.below_dome / (48 * chest.body.scale), 0, 1))
    return np.asarray(chest.column * (1 - chest.mediastinum) * (1 - chest.heart) * (1 - dome), np.float32)


def _mediastinum(grid: Grid, body: Body) -> tuple[Map, Mask]:
    ys, draw, s = grid.y, stream("mediastinum", body.patient), body.scale
    top = 0.36 * body.half_width
    low = min(body.mediastinum, 34 * s + 0.6 * max(body.mediastinum - 34 * s, 0.0))
    rows = np.array(
        [-0.1 * body.floor, 0, 0.02 * body.floor, 0.06 * body.floor, max(0.12 * body.floor, 0.5 * body.carina)]
    )
    rows = np.array([*rows, body.carina, body.carina + 35 * s, body.right_dome])
    upper = [1.4 * top, top, 0.76 * top, 0.6 * top, max(body.mediastinum, 0.4 * top)]
    table = np.linspace(rows[0], rows[-1], 200)
    right = PchipInterpolator(rows, [*upper, 0.97 * body.mediastinum, low * 0.8, low * 0.7])(table)
    left = PchipInterpolator(rows, [*upper, 0.93 * body.mediastinum, low * 0.85, low * 0.7])(table)
    bulge = np.exp(-(((table - body.carina + 12 * s) / (15 * s)) ** 2) * 0.8)
    left = left + np.clip(body.knob - left, 0, None) * bulge
    wave = 0.06 * spread(draw, 0.2, 1.0) * np.sin(table / (24 * s) + spread(draw, 0, 6.3))
    x = grid.x - np.float32(body.depth_shift(-10 * s) + body.shift)
    edge = np.where(x > 0, np.interp(ys, table, left * (1 - wave)), np.interp(ys, table, right * (1 + wave)))
    share = (np.abs(x) / edge).astype(np.float32)
    filled = np.interp(ys, [0, body.carina, body.carina + 60 * s, body.floor], [0.97, 0.93, 0.5, 0.42])
    return np.asarray(filled * np.clip(1 - share**4, 0, None) ** 0.6, np.float32), share < 0.97


_HEART_OUTLINE = np.array(
    [
        [1.0, 0.56],
        [0.9, 0.22],
        [0.66, -0.16],
        [0.42, -0.5],
        [0.24, -0.85],
        [-0.08, -1.0],
        [-0.42, -0.82],
        [-0.72, -0.5],
        [-0.93, -0.1],
        [-1.0, 0.2],
        [-0.9, 0.58],
        [-0.6, 0.88],
        [0.1, 0.98],
        [0.66, 1.0],
        [0.93, 0.86],
    ]
)
"""Around the heart from the apex of the left ventricle: appendage, pulmonary trunk, right atrium, base (u, v)."""


def _heart_relative(grid: Grid, body: Body) -> Map:
    draw = stream("heart outline", body.patient)
    outline = _HEART_OUTLINE * (1 + draw.normal(0, 0.025, _HEART_OUTLINE.shape))
    angles = np.arctan2(outline[:, 1], outline[:, 0])
    order = np.argsort(angles)
    angles, radii = angles[order], np.hypot(outline[:, 0], outline[:, 1])[order]
    spline = CubicSpline([*angles, angles[0] + 2 * np.pi], [*radii, radii[0]], bc_type="periodic")
    table_angles = np.linspace(-np.pi, np.pi, 721)
    table = spline(table_angles)
    horizontal = table * np.cos(table_angles)
    stretch = 2 / (horizontal.max() - horizontal.min())
    shift = (horizontal.max() + horizontal.min()) / 2
    middle_y, half_y = (body.heart_top + body.heart_bottom) / 2, (body.heart_bottom - body.heart_top) / 2
    u = ((grid.x - np.float32(body.heart_middle)) / np.float32(body.heart_half * stretch)) + np.float32(shift)
    v = (grid.y - np.float32(middle_y)) / np.float32(half_y)
    contour = np.interp(np.arctan2(v, u), table_angles, table).astype(np.float32)
    return np.asarray(np.hypot(u, v) / contour, np.float32)


def _below_dome(grid: Grid, body: Body) -> Map:
    middle = 0.5 * body.half_width
    offset = np.abs(grid.x) - np.float32(middle)
    lateral = np.clip(offset / (body.half_width - middle), 0, None) ** 2.2
    medial = np.clip(-offset / middle, 0, None) ** 2
    right = body.right_dome + (body.floor - body.right_dome) * lateral + 16 * body.scale * medial
    left = body.left_dome + (body.floor - body.left_dome) * lateral + 12 * body.scale * medial
    blend = expit(grid.x / np.float32(9 * body.scale))
    return np.asarray((grid.y - blend * left - (1 - blend) * right).astype(np.float32), np.float32)


def _add_masks(chest: Chest) -> None:
    body, y = chest.body, chest.grid.y
    cavity = (chest.column > 0) & (chest.across < 1) & (chest.below_dome < 0)
    x = chest.grid.x - np.float32(body.depth_shift(20 * body.scale))
    top = 0.36 * body.half_width
    inner = np.interp(y, np.array([0.0, 0.02, 0.06, 0.12]) * body.floor, [top, 0.76 * top, 0.55 * top, 0.42 * top])
    whole = cavity & (np.abs(x) > inner)
    heart = (chest.heart_relative < 1) & (chest.below_dome < 14 * body.scale)
    centre = cavity & chest.central
    for side, here in (("right", x < 0), ("left", x >= 0)):
        chest.masks[f"{side}_lung"] = cavity & ~heart & ~chest.central & here
        chest.masks[f"{side}_lung_full"] = whole & here
    chest.masks["heart"] = heart
    chest.masks["mediastinum"] = centre
    chest.masks["cardiomediastinum"] = heart | (centre & (y > body.carina - 32 * body.scale))


def body_thickness(chest: Chest) -> Map:
    """Return all tissue along each ray, lungs included: trunk, neck, shoulders, arms and breasts."""
    grid, body = chest.grid, chest.body
    s, x, y = body.scale, np.abs(grid.x), grid.y
    width = body.half_width + body.wall
    depth = (body.half_depth + 0.8 * body.wall + 8 * s) * np.interp(
        y / body.floor, [-0.4, 0, 0.2, 0.5, 1.0, 1.4], [0.5, 0.68, 0.86, 0.96, 1.0, 1.0]
    ).astype(np.float32)
    reach = np.interp(y / body.floor, [-0.4, 0.0, 0.3, 0.7, 1.0, 1.5], [1.55, 1.5, 1.16, 1.03, 1.0, 1.0]) * width
    trunk = 2 * depth * np.sqrt(np.clip(1 - (x / reach) ** 2.8, 0, None)).astype(np.float32)
    neck_half = s * (0.9 + 0.1 * body.wall / (19 * s)) * (56 + 0.16 * np.clip(y / s + 120, 0, 110))
    slope = np.interp(x / s, [56, 80, 120, 165, 200, 235], [-110, -58, -38, -22, 5, 60]).astype(np.float32) * s
    trunk *= np.sqrt(np.clip((y - slope) / (70 * s), 0, 1))
    neck = 2 * neck_half * np.sqrt(np.clip(1 - (x / neck_half) ** 2, 0, None)) * np.clip((40 * s - y) / (60 * s), 0, 1)
    total = np.maximum(trunk, neck.astype(np.float32))
    for sign, angle in ((-1.0, body.arm_angles[0]), (1.0, body.arm_angles[1])):
        total = np.maximum(total, _arm(chest, sign, angle))
    return np.maximum(soft_blur(total, 2.0 * s / grid.step), _head(chest)) + _breasts(chest)


def _head(chest: Chest) -> Map:
    body, grid = chest.body, chest.grid
    draw = stream("head", body.number)
    s, low = body.scale, 1.25 if body.is_child else 1.0
    u = (grid.x - np.float32(spread(draw, -10, 10) * s)) / np.float32(62 * s * low)
    v = (grid.y - np.float32(-(205 if body.is_child else 238) * s + spread(draw, -18, 22) * s)) / np.float32(
        82 * s * low
    )
    return np.asarray(150 * s * np.clip(1 - u * u - v * v, 0, None) ** 0.4, np.float32)


def _arm(chest: Chest, sign: float, angle: float) -> Map:
    body = chest.body
    s, radius = body.scale, (43 + 0.35 * body.wall / body.scale) * body.scale
    dx = sign * chest.grid.x - np.float32(body.half_width * 1.27)
    dy = chest.grid.y - np.float32(32 * s)
    along = dx * np.float32(np.sin(angle)) + dy * np.float32(np.cos(angle))
    away = dx * np.float32(np.cos(angle)) - dy * np.float32(np.sin(angle))
    away = np.where(along < 0, np.hypot(along, away), away)
    return 2 * np.float32(radius) * np.sqrt(np.clip(1 - (away / np.float32(radius)) ** 2, 0, None))


def _breasts(chest: Chest) -> Map:
    body = chest.body
    if not body.breast:
        return chest.grid.empty()
    draw = stream("breasts", body.patient)
    s, down = body.scale, spread(draw, 0.64, 0.86) * body.floor
    wide, high = 60 * s * spread(draw, 0.9, 1.2), 56 * s * spread(draw, 0.9, 1.3)
    total = chest.grid.empty()
    for sign in (-1.0, 1.0):
        u = (sign * chest.grid.x - np.float32(spread(draw, 0.54, 0.66) * body.half_width)) / np.float32(wide)
        v = (chest.grid.y - np.float32(down + 6 * s * draw.normal())) / np.float32(high)
        rounded = np.where(v > 0, v, v * np.float32(0.48))
        ball = np.clip(1 - u * u - rounded * rounded, 0, None)
        total += np.float32(body.breast) * ball ** np.where(v > 0, 0.55, 0.95).astype(np.float32)
    return total
