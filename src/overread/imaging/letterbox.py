"""Bring a radiograph to the size that the embedded models were trained at, and masks back to the radiograph."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.imaging.percentiles import percentiles

MEAN = 0.5
STD = 0.25
STRETCH_PERCENTILES = (0.5, 99.5)


class Letterbox(NamedTuple):
    """An image on its square canvas, with the box that it fills."""

    pixels: NDArray[np.uint8]
    """(size, size), 0 outside the box."""
    top: int
    left: int
    height: int
    width: int


def letterbox(image: NDArray[np.uint8], size: int) -> Letterbox:
    """Fit an 8-bit (height, width) image into a (size, size) canvas: aspect kept, centred, black bars, stretched.

    Bilinear with antialiasing (Pillow), then percentiles 0.5 and 99.5 of the image (bars excluded) go to 0 and 255.
    """
    height, width = image.shape
    scale = size / max(height, width)
    fitted_h, fitted_w = max(1, round(height * scale)), max(1, round(width * scale))
    resized = np.asarray(Image.fromarray(image).resize((fitted_w, fitted_h), Image.Resampling.BILINEAR))
    top, left = (size - fitted_h) // 2, (size - fitted_w) // 2
    canvas = np.zeros((size, size), np.uint8)
    canvas[top : top + fitted_h, left : left + fitted_w] = stretch(resized)
    return Letterbox(canvas, top, left, fitted_h, fitted_w)


def stretch(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Map the 0.5 and 99.5 percentiles of an 8-bit image to 0 and 255; a flat one is returned unchanged."""
    low, high = percentiles(image, STRETCH_PERCENTILES)
    if high - low < 1:
        return image
    scaled = (image.astype(np.float32) - low) * (255.0 / (high - low))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)


def unletterbox(plane: NDArray[np.float32], box: Letterbox, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Bring a (size, size) probability plane back to the original image's (height, width)."""
    inner = plane[box.top : box.top + box.height, box.left : box.left + box.width]
    resized = Image.fromarray(inner.astype(np.float32)).resize((shape[1], shape[0]), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32)


def model_input(canvas: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Normalise a (size, size) canvas to the (1, 3, size, size) array, -2 to 2, that every embedded model takes."""
    plane = (canvas.astype(np.float32) / 255.0 - MEAN) / STD
    return np.repeat(plane[None, None], 3, axis=1)
