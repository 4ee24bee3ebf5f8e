"""Outlines, boxes and measured widths over a radiograph.

Outlines are slanted, so they are drawn twice as large and reduced, for smooth edges; in grey, each its own, which is
a quarter of the work of a layer in colour. Boxes and widths run along rows and columns and need none of that.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.measure import find_contours

from overread.outputs.colours import Rgb
from overread.records import Region

SMOOTH = 2
MARGIN = 4
"""Pixels around an outline: half of its line's width, and some."""
LINE = 3
THIN = 1
CONTOUR_SIDE = 480
"""Longer side at which outlines are found, in pixels: a finer one shows no difference at the size of the overlay."""
STEP = 2
"""Contour points to the next one that is drawn: there are one or two a pixel."""
SHORTEST_OUTLINE = 12
"""Contour points; shorter ones are specks of a resized mask."""
EDGE: Rgb = (10, 12, 15)
PALE: Rgb = (236, 239, 244)
Points = Sequence[tuple[float, float]]


def contour_plane(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a mask [rows, columns], 0 to 255, at the size at which it is outlined."""
    scale = CONTOUR_SIDE / max(plane.shape)
    size = max(round(plane.shape[1] * scale), 1), max(round(plane.shape[0] * scale), 1)
    small = Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)
    return np.asarray(small, dtype=np.uint8)


def draw_mask(shown: Image.Image, plane: NDArray[np.uint8], colour: Rgb, name: str) -> None:
    """Draw the outline of a structure with its name; inside the greys stay.

    `plane` [rows, columns], 0 to 255, is of any size, and lies over all of `shown`.
    """
    if not plane.any():
        return
    scale = shown.width / plane.shape[1], shown.height / plane.shape[0]
    found = find_contours(np.pad(plane, 1), 127.5)  # type: ignore[no-untyped-call]
    outlines = [
        [((x - 0.5) * scale[0], (y - 0.5) * scale[1]) for y, x in (*outline[::STEP].tolist(), outline[-1].tolist())]
        for outline in found
        if len(outline) >= SHORTEST_OUTLINE
    ]
    if not outlines:
        return
    _outline(shown, outlines, colour)
    x, y = np.mean(max(outlines, key=len), axis=0)
    _write(shown, x, y, name, colour)


def draw_ratio(
    shown: Image.Image, heart: NDArray[np.uint8], lungs: NDArray[np.uint8], ratio: float, colour: Rgb
) -> None:
    """Draw the two widths that a cardiothoracic ratio compares: heart, and inside of the thorax.

    Both planes are [rows, columns] over all of `shown`, 0 to 255; where one is empty nothing is drawn.
    """
    if not ((heart > 127).any() and (lungs > 127).any()):
        return
    pen = ImageDraw.Draw(shown)
    for plane, share, ink in ((heart, 0.62, colour), (lungs, 0.93, PALE)):
        rows, columns = np.nonzero(plane > 127)
        y = float(np.quantile(rows, share)) * shown.height / plane.shape[0]
        left, right = (float(place) * shown.width / plane.shape[1] for place in (columns.min(), columns.max() + 1))
        pen.line([left, y, right, y], fill=ink, width=THIN)
        for x in (left, right):
            pen.line([x, y - 9, x, y + 9], fill=ink, width=THIN)
        if plane is lungs:
            _write(shown, (left + right) / 2, y + 16, f"CTR {ratio:.2f}", ink)


def draw_box(shown: Image.Image, region: Region, scale: float, colour: Rgb, name: str) -> None:
    """Draw a box given in pixels of the image as stored; `scale` is shown over stored."""
    left, top = region.x * scale, region.y * scale
    right, bottom = (region.x + region.width) * scale, (region.y + region.height) * scale
    ImageDraw.Draw(shown).rectangle((left, top, right, bottom), outline=colour, width=LINE)
    _write(shown, (left + right) / 2, top - 12, name, colour)


def _outline(shown: Image.Image, outlines: Sequence[Points], colour: Rgb) -> None:
    """Draw lines in the part of the picture that they cover, which on a radiograph is little of it."""
    every = np.concatenate([np.asarray(outline) for outline in outlines])
    left, top = (max(0, int(least) - MARGIN) for least in every.min(axis=0))
    right, bottom = (int(most) + MARGIN + 1 for most in every.max(axis=0))
    size = max(1, min(right, shown.width) - left), max(1, min(bottom, shown.height) - top)
    drawn = Image.new("L", (size[0] * SMOOTH, size[1] * SMOOTH))
    pen = ImageDraw.Draw(drawn)
    for outline in outlines:
        points = [((x - left) * SMOOTH, (y - top) * SMOOTH) for x, y in outline]
        pen.line(points, fill=255, width=LINE * SMOOTH, joint="curve")
    shown.paste(colour, (left, top, left + size[0], top + size[1]), drawn.reduce(SMOOTH))


def _write(shown: Image.Image, x: float, y: float, text: str, colour: Rgb) -> None:
    """Write a name around a point."""
    pen = ImageDraw.Draw(shown)
    pen.text((x, y), text, colour, _font(), anchor="mm", stroke_width=2, stroke_fill=EDGE)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(16)
