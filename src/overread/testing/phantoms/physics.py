"""From tissue to film: attenuation, scatter, noise, detector response and display curve."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from overread.testing.phantoms.chest import Layers
from overread.testing.phantoms.grid import Map, clutter, soft_blur
from overread.testing.phantoms.recipe import PhantomRecipe
from overread.testing.phantoms.streams import spread, stream

SOFT, LUNG, BONE, METAL = 0.0192, 0.0050, 0.043, 0.45
"""Linear attenuation per millimetre near 70 keV effective (NIST XCOM; lung at a quarter of water's density)."""
WHITE = 4095


def transmission(layers: Layers, scale: float) -> Map:
    """Return primary transmission (Beer-Lambert); small bodies attenuate as if filmed at a lower voltage."""
    soft = np.clip(layers.soft + layers.vessels, 0, None)
    depth = SOFT * soft + LUNG * np.clip(layers.lung, 0, None) + BONE * np.clip(layers.bone, 0, None)
    depth = depth + METAL * layers.metal
    return np.asarray(np.exp(-depth / scale**0.75), np.float32)


def scattered(primary: Map, recipe: PhantomRecipe, step: float) -> Map:
    """Add the scatter that passes the grid: a wide blur of the primary, and a constant veil."""
    draw = stream("scatter", recipe.number)
    share = spread(draw, 0.1, 0.28) if recipe.view == "PA" else spread(draw, 0.18, 0.38)
    capped = np.minimum(primary, 0.25)
    return np.asarray(
        primary * (1 - share) + soft_blur(capped, 28 / step) * share + float(capped.mean()) * 0.3 * share, np.float32
    )


def signal_of(total: Map) -> Map:
    """Return the logarithmic detector signal, bright where dense."""
    return -np.log(np.maximum(total, 2e-4))


def noisy(total: Map, recipe: PhantomRecipe, step: float) -> Map:
    """Add quantum noise by the exposure."""
    draw = stream("noise", recipe.number)
    photons = 7e4 * 3.0**recipe.exposure * step**2
    return np.asarray(
        total
        + draw.standard_normal(total.shape, dtype=np.float32) * np.sqrt(total / np.float32(photons) + np.float32(1e-9)),
        np.float32,
    )


def tissue_texture(size: int, recipe: PhantomRecipe) -> Map:
    """Return the relative unevenness of soft tissue, unit variance."""
    return clutter(stream("texture", recipe.patient), size, 3.0, 0.35)


def display(signal: Map, reference: Map, field: NDArray[np.bool_], recipe: PhantomRecipe, step: float) -> Map:
    """Map the detector signal to 0..1 through detail enhancement and a film-like (logistic) characteristic curve.

    The window comes from the same body without findings, so that a finding changes its own pixels and no others.
    """
    lungs, dense = (float(value) for value in np.percentile(reference[field], [20, 90]))
    draw = stream("curve", recipe.number)
    dark = -0.25 + 0.35 * float(np.clip(draw.normal(), -2, 2)) + 2.5 * recipe.brightness
    bright = 1.6 + 0.3 * float(np.clip(draw.normal(), -2, 2)) + 2.5 * recipe.brightness
    slope = (bright - dark) / max(dense - lungs, 0.4)
    middle = (dark + bright) / 2
    value = (signal - (lungs + dense) / 2) * np.float32(slope * recipe.contrast)
    value = _enhance(value, recipe.detail, step) + np.float32(middle)
    level = np.float32(spread(draw, 0.9, 1.0))
    return np.asarray((level * expit(value)).astype(np.float32), np.float32)


def _enhance(value: Map, strength: float, step: float) -> Map:
    """Flatten the coarse bands and lift the fine ones, as multi-scale processing does."""
    if strength == 0:
        return value
    coarse = soft_blur(value, 24 / step)
    medium = soft_blur(value, 5 / step)
    lifted = (1 + 0.5 * strength) * (medium - coarse) + (1 + 0.7 * strength) * (value - medium)
    return (coarse * np.float32(1 - 0.2 * strength) + lifted).astype(np.float32)
