"""One imaginary patient: the measures of the chest, in millimetres."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from overread.testing.phantoms.recipe import PhantomRecipe, Side
from overread.testing.phantoms.streams import spread, stream

Curve = NDArray[np.float64]
RIB_GAP = 24.0
"""Millimetres between posterior ribs in the average adult."""


@dataclass(frozen=True)
class Body:
    """Measures of one chest as it lies on one film."""

    scale: float
    """1 for the average adult man."""
    half_width: float
    """Greatest internal half width of the thorax."""
    half_depth: float
    rib_gap: float
    rib_tilt: float
    """How far an average rib descends from spine to sternum."""
    apex: float
    """y of the lung apices; 0 by construction."""
    right_dome: float
    left_dome: float
    floor: float
    """y of the costophrenic angles."""
    wall: float
    """Thickness of the chest wall at the side."""
    turn: float
    """Sine of the rotation about the long axis."""
    heart_middle: float
    """x of the middle of the heart."""
    heart_half: float
    heart_top: float
    heart_bottom: float
    knob: float
    """How far the aortic knob reaches left of the midline."""
    shift: float
    """Push of the mediastinum to the patient's left (negative: right) by large one-sided findings."""
    mediastinum: float
    """Half width of the upper mediastinum."""
    carina: float
    clavicle: float
    """How much higher than usual the medial ends of the clavicles lie."""
    arm_angles: tuple[float, float]
    """Right and left upper arm against the body's axis, radians."""
    patient: int
    number: int
    is_child: bool
    breast: float
    """Thickness of the breasts, 0 for none."""
    ys: Curve
    """Rows at which the curves below are given."""
    lateral: Curve
    """Internal half width at each row."""
    depth: Curve
    """Half depth of the lungs at each row."""

    def at(self, curve: Curve, y: NDArray[np.float32] | float) -> NDArray[np.float32]:
        """Read a curve at rows y."""
        return np.asarray(np.interp(y, self.ys, curve), np.float32)

    def depth_shift(self, z: float) -> float:
        """How far something at depth z (mm, + towards the spine) moves sideways by the patient's rotation."""
        return z * self.turn


def build_body(recipe: PhantomRecipe) -> Body:
    """Draw the body of ``recipe.patient`` and lay it on the film as the recipe says."""
    draw = stream("body", recipe.patient)
    child = recipe.is_child
    scale, width, gap, tilt = _size(recipe, draw)
    right = gap * (recipe.inspiration - 1) + gap * spread(draw, 0.0, 0.5) + (-0.3 * gap if recipe.supine else 0)
    left = right + scale * spread(draw, 4, 18)
    floor = right + scale * spread(draw, 38, 55)
    right, left = right - scale * _raised(recipe, "right"), left - scale * _raised(recipe, "left")
    share, shift = recipe.cardiothoracic_ratio, scale * _push(recipe)
    wall = scale * float(np.interp(recipe.habitus, [-1, 0, 1], [9, 19, 44])) * spread(draw, 0.9, 1.1)
    ys, lateral = _lateral(width, floor, draw)
    depth = _depth(scale * (86 if not child else 92) * (1 + 0.06 * recipe.habitus), floor, ys)
    turn = float(np.sin(np.deg2rad(recipe.rotation_deg)))
    upper = scale * (29 if recipe.view == "PA" else 33) * spread(draw, 0.85, 1.15) * (1.08 if recipe.supine else 1.0)
    wide = recipe.has("Enlarged Cardiomediastinum")
    return Body(
        scale=scale,
        half_width=width,
        half_depth=float(depth.max()),
        rib_gap=gap,
        rib_tilt=tilt,
        apex=0.0,
        right_dome=right,
        left_dome=left,
        floor=floor,
        wall=wall,
        turn=turn,
        heart_middle=scale * spread(draw, 18, 29) * (share / 0.45) - 30 * scale * turn + 0.8 * shift,
        heart_half=share * width,
        heart_top=right - scale * spread(draw, 112, 126) * (0.9 + 0.22 * share),
        heart_bottom=left + scale * spread(draw, 14, 24),
        knob=scale * (spread(draw, 22, 27) if child else spread(draw, 30, 41) + 0.1 * max(recipe.age_years - 50, 0)),
        mediastinum=min(
            upper * (spread(draw, 1.1, 1.5) if child else 1.0) * (_widening(recipe) if wide else 1.0), 0.44 * width
        ),
        shift=shift,
        carina=gap * spread(draw, 3.5, 4.1),
        clavicle=scale * spread(draw, -12, 10),
        arm_angles=_arms(recipe),
        patient=recipe.patient,
        number=recipe.number,
        is_child=child,
        breast=0.0 if recipe.sex == "M" or child else spread(draw, 12, 38) * (1 + 0.5 * recipe.habitus),
        ys=ys,
        lateral=lateral,
        depth=depth,
    )


def _size(recipe: PhantomRecipe, draw: np.random.Generator) -> tuple[float, float, float, float]:
    """Return scale, internal half width, rib gap and rib descent."""
    age, child = recipe.age_years, recipe.is_child
    scale = (0.47 + 0.03 * age if child else 1.0) * (1.0 if recipe.sex == "M" or child else 0.91)
    scale *= 1 + 0.04 * float(np.clip(draw.normal(), -2, 2))
    width = scale * (138 if not child else 146) * spread(draw, 0.95, 1.06) * (1 + 0.03 * recipe.habitus)
    gap = scale * RIB_GAP * spread(draw, 0.94, 1.05) * (0.94 if child else 1.0)
    tilt = gap * (spread(draw, 3.0, 3.7) if child else spread(draw, 3.5, 4.5))
    return scale, width, gap, tilt


def _arms(recipe: PhantomRecipe) -> tuple[float, float]:
    draw = stream("arms", recipe.number)
    low, high = (0.5, 2.3) if recipe.is_child else (0.12, 0.6)
    middle = spread(draw, low, high)
    return (middle + 0.08 * draw.normal(), middle + 0.08 * draw.normal())


def _widening(recipe: PhantomRecipe) -> float:
    severity = next(item.severity for item in recipe.findings if item.label == "Enlarged Cardiomediastinum")
    return {"small": 1.4, "moderate": 1.65, "large": 1.9}[severity or "moderate"]


def _raised(recipe: PhantomRecipe, side: Side) -> float:
    """Return how far volume loss lifts the dome of a side, adult millimetres."""
    lift = {"small": 0.0, "moderate": 9.0, "large": 20.0}
    lost = [item for item in recipe.findings if item.label == "Atelectasis" and side in item.sides]
    return max((lift[item.severity or "moderate"] for item in lost), default=0.0)


def _push(recipe: PhantomRecipe) -> float:
    """Return the sideways push of large effusions and pneumothoraces (away) and of large volume loss (towards)."""
    away = {"Pleural Effusion": 12.0, "Pneumothorax": 11.0, "Atelectasis": -9.0}
    total = 0.0
    for item in recipe.findings:
        if item.severity == "large" and item.laterality in ("left", "right"):
            total += away.get(item.label, 0.0) * (1 if item.laterality == "right" else -1)
    return total


def _lateral(width: float, floor: float, draw: np.random.Generator) -> tuple[Curve, Curve]:
    shares = np.array([-0.02, 0.0, 0.015, 0.05, 0.1, 0.18, 0.3, 0.48, 0.7, 0.85, 1.0, 1.25])
    widths = np.array([0.3, 0.36, 0.45, 0.545, 0.63, 0.725, 0.82, 0.915, 0.985, 1.0, 0.985, 0.93])
    taper = spread(draw, -0.02, 0.05)
    widths = widths + taper * np.clip(0.6 - shares, 0, None)
    ys = np.linspace(-0.02, 1.25, 256)
    return ys * floor, PchipInterpolator(shares, widths)(ys) * width


def _depth(half: float, floor: float, ys: Curve) -> Curve:
    shares = np.array([-0.02, 0.0, 0.05, 0.15, 0.3, 0.5, 0.8, 1.25])
    depths = np.array([0.1, 0.22, 0.42, 0.62, 0.8, 0.93, 1.0, 1.0])
    return np.asarray(PchipInterpolator(shares, depths)(ys / floor) * half)
