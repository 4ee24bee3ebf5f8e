"""Outlines, boxes and measured widths, drawn twice as large and reduced, so that their edges are smooth."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.measure import find_contours

from overread.records import Region

Rgb = tuple[int, int, int]
SMOOTH = 2
FILL_ALPHA = 30
LINE = 3
SHORTEST_OUTLINE = 24
"""Contour points; shorter ones are specks of a resized mask."""


def draw_mask(shown: Image.Image, plane: NDArray[np.uint8], colour: Rgb, name: str) -> Image.Image:
    """Tint a structure lightly and draw its outline with its name; `plane` [rows, columns] 0 to 255."""
    layer, pen = _layer(shown)
    fill = Image.fromarray(plane).resize(layer.size).point(lambda value: FILL_ALPHA if value > 127 else 0)
    layer.paste(Image.new("RGBA", layer.size, (*colour, FILL_ALPHA)), mask=fill)
    found = find_contours(np.pad(plane, 1), 127.5)  # type: ignore[no-untyped-call]
    outlines = [contour for contour in found if len(contour) >= SHORTEST_OUTLINE]
    for outline in outlines:
        points = [((x - 0.5) * SMOOTH, (y - 0.5) * SMOOTH) for y, x in outline.tolist()]
        pen.line(points, fill=(*colour, 255), width=LINE * SMOOTH, joint="curve")
    if outlines:
        largest = max(outlines, key=len)
        _name(pen, largest[:, 1].mean(), largest[:, 0].mean(), name, colour)
    return _merged(shown, layer)


def draw_ratio(
    shown: Image.Image, heart: NDArray[np.uint8], lungs: NDArray[np.uint8], ratio: float, colour: Rgb
) -> Image.Image:
    """Draw the two widths that a cardiothoracic ratio compares: heart, and inside of the thorax.

    Both planes are [rows, columns] of `shown`, 0 to 255; where one is empty nothing is drawn.
    """
    layer, pen = _layer(shown)
    for plane, share, ink in ((heart, 0.62, colour), (lungs, 0.93, (236, 239, 244))):
        rows, columns = np.nonzero(plane > 127)
        if rows.size == 0:
            return shown
        y = float(np.quantile(rows, share)) * SMOOTH
        left, right = float(columns.min()) * SMOOTH, float(columns.max()) * SMOOTH
        pen.line([(left, y), (right, y)], fill=(*ink, 230), width=SMOOTH)
        for x in (left, right):
            pen.line([(x, y - 9 * SMOOTH), (x, y + 9 * SMOOTH)], fill=(*ink, 230), width=SMOOTH)
        if plane is lungs:
            _name(pen, (left + right) / 2 / SMOOTH, y / SMOOTH + 16, f"CTR {ratio:.2f}", ink)
    return _merged(shown, layer)


def draw_box(shown: Image.Image, region: Region, scale: float, colour: Rgb, name: str) -> Image.Image:
    """Draw a box given in pixels of the image as stored; `scale` is shown over stored."""
    layer, pen = _layer(shown)
    k = scale * SMOOTH
    corners = (region.x * k, region.y * k, (region.x + region.width) * k, (region.y + region.height) * k)
    pen.rectangle(corners, outline=(*colour, 255), width=LINE * SMOOTH)
    _name(pen, (region.x + region.width / 2) * scale, region.y * scale - 12, name, colour)
    return _merged(shown, layer)


def _layer(shown: Image.Image) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    layer = Image.new("RGBA", (shown.width * SMOOTH, shown.height * SMOOTH), (0, 0, 0, 0))
    return layer, ImageDraw.Draw(layer)


def _merged(shown: Image.Image, layer: Image.Image) -> Image.Image:
    small = layer.resize(shown.size, Image.Resampling.BOX)
    return Image.alpha_composite(shown.convert("RGBA"), small).convert("RGB")


def _name(pen: ImageDraw.ImageDraw, x: float, y: float, text: str, colour: Rgb) -> None:
    font = ImageFont.load_default(16 * SMOOTH)
    at = (x * SMOOTH, y * SMOOTH)
    pen.text(at, text, (*colour, 255), font, anchor="mm", stroke_width=2 * SMOOTH, stroke_fill=(10, 12, 15, 220))
