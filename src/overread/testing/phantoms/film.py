"""What is on the film beside the patient: shutters, side marker, text."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from overread.testing.phantoms.grid import Map
from overread.testing.phantoms.recipe import PhantomRecipe
from overread.testing.phantoms.streams import spread, stream

MARKER_LOOKS = ("plain", "plain", "plain", "ring", "disc", "plate")
BANNER = "SYNTHETIC PHANTOM, NOT A PATIENT"


def collimate(image: Map, recipe: PhantomRecipe) -> Map:
    """Close the shutters around the field: a soft-edged dark border, a little oblique."""
    if not recipe.collimation:
        return image
    draw = stream("shutters", recipe.number)
    axis = np.linspace(0, 1, image.shape[0], dtype=np.float32)
    u, v = axis[None, :], axis[:, None]
    open_ = np.ones_like(image)
    for distance in (u, 1 - u, v, 1 - v):
        depth = recipe.collimation * spread(draw, 0.0, 1.0)
        slant = spread(draw, -0.02, 0.02) * (v if distance.shape[0] == 1 else u)
        open_ = open_ * np.clip((distance - depth - slant) * 180 + 0.5, 0, 1).astype(np.float32)
    return (image * open_ + np.float32(0.02) * (1 - open_)).astype(np.float32)


def annotate(image: Map, recipe: PhantomRecipe) -> Map:
    """Burn in the side marker, and the banner or other text where the recipe asks."""
    size, draw = image.shape[0], stream("marker", recipe.number)
    if recipe.marker is not None:
        x = spread(draw, 0.03, 0.12)
        at = ((x if recipe.marker == "R" else 1 - x) * size, spread(draw, 0.05, 0.3) * size)
        look = MARKER_LOOKS[int(draw.integers(len(MARKER_LOOKS)))]
        height, turn, level = size * spread(draw, 0.032, 0.065), spread(draw, -16, 16), spread(draw, 0.85, 1.0)
        image = _write(image, recipe.marker, at, height, turn, level, look)
    if recipe.burned_text is not None:
        image = _write(image, recipe.burned_text, (0.5 * size, 0.035 * size), size * 0.032, 0.0, 1.0)
    if recipe.banner:
        image = _write(image, BANNER, (0.5 * size, 0.965 * size), size * 0.032, 0.0, 1.0)
    return image


def _write(
    image: Map, text: str, at: tuple[float, float], height: float, turn: float, level: float, look: str = "plain"
) -> Map:
    canvas = Image.new("L", (image.shape[1], image.shape[0]), 0)
    font, pen, half = ImageFont.load_default(max(int(height), 7)), ImageDraw.Draw(canvas), 0.75 * height
    box = (at[0] - half, at[1] - half, at[0] + half, at[1] + half)
    if look == "ring":
        pen.ellipse(box, outline=255, width=max(int(height * 0.12), 1))
    elif look == "disc":
        pen.ellipse(box, fill=255)
    elif look == "plate":
        pen.rectangle(box, fill=235)
    pen.text(at, text, fill=0 if look in ("disc", "plate") else 255, font=font, anchor="mm")
    if turn:
        canvas = canvas.rotate(turn, resample=Image.Resampling.BILINEAR, center=at)
    ink = np.asarray(canvas, dtype=np.float32) / 255
    return np.asarray(image * (1 - ink) + np.float32(level) * ink, np.float32)
