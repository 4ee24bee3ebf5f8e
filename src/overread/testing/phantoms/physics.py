"""From tissue to film: attenuation, scatter, noise, detector response and display curve."""

import numpy as np

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
    return np.exp(-depth / scale**0.75)


def expose(primary: Map, recipe: PhantomRecipe, step: float) -> Map:
    """Add scatter and noise and return the logarithmic detector signal (bright = dense)."""
    draw = stream("exposure", recipe.number)
    share = spread(draw, 0.12, 0.3) if recipe.view == "PA" else spread(draw, 0.22, 0.42)
    capped = np.minimum(primary, 0.3)
    scatter = soft_blur(capped, 28 / step) * share + float(capped.mean()) * 0.35 * share
    total = primary * (1 - share) + scatter
    photons = 2.2e4 * 4.0**recipe.exposure * step**2
    noisy = total + draw.standard_normal(total.shape, dtype=np.float32) * np.sqrt(
        total / np.float32(photons) + np.float32(1e-9)
    )
    return -np.log(np.maximum(noisy, 2e-4))


def tissue_texture(size: int, recipe: PhantomRecipe) -> Map:
    """Return the relative unevenness of soft tissue, unit variance."""
    return clutter(stream("texture", recipe.patient), size, 3.0, 0.35)


def display(signal: Map, reference: Map, field: np.ndarray, recipe: PhantomRecipe, step: float) -> Map:
    """Map the detector signal to 0..1: window by the healthy reference, detail enhancement, display curve.

    The window comes from the same body without findings, so that a finding changes its own pixels and no others.
    """
    low, high = (float(value) for value in np.percentile(reference[field], [1.5, 97.0]))
    span = max(high - low, 0.3)
    value = (signal - low) / span
    if recipe.detail > 0:
        coarse = soft_blur(value, 22 / step)
        fine = soft_blur(value, 3.0 / step)
        value = coarse + (1 + 0.45 * recipe.detail) * (fine - coarse) * 1.0 + (1 + 0.9 * recipe.detail) * (value - fine)
        value = value - 0.18 * recipe.detail * (coarse - 0.5)
    value = 0.52 + recipe.brightness + (value - 0.5) * 0.62 * recipe.contrast
    return _shoulder(value)


def _shoulder(value: Map) -> Map:
    """Compress the two ends smoothly, as a film's toe and shoulder do."""
    low, high = np.float32(0.12), np.float32(0.86)
    toe = low * np.exp((np.minimum(value, low) - low) / low)
    top = high + (1 - high) * (1 - np.exp(-(np.maximum(value, high) - high) / (1 - high)))
    return np.where(value < low, toe, np.where(value > high, top, value)).astype(np.float32)
