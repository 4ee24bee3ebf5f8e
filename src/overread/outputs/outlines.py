"""Outlines, boxes and measured widths, drawn twice as large and reduced, so that their edges are smooth."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skimage.measure import find_contours

from overread.outputs.colours import Rgb
from overread.records import Region

Corners = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels of the picture as it is shown."""
SMOOTH = 2
MARGIN = 32
"""Pixels around what is drawn: a line's width, a name's edge, the marks of a width and the name below it."""
NAME_HEIGHT = 24
LINE = 3
STEP = 3
"""Contour points to the next one that is drawn: there are one or two a pixel."""
SHORTEST_OUTLINE = 24
"""Contour points; shorter ones are specks of a resized mask."""


def draw_mask(shown: Image.Image, plane: NDArray[np.uint8], colour: Rgb, name: str) -> Image.Image:
    """Draw the outline of a structure with its name; `plane` [rows, columns] 0 to 255. Inside the greys stay."""
    if not plane.any():
        return shown
    found = find_contours(np.pad(plane, 1), 127.5)  # type: ignore[no-untyped-call]
    outlines = [contour for contour in found if len(contour) >= SHORTEST_OUTLINE]
    largest = max(outlines, key=len, default=None)
    middle = None if largest is None else (float(largest[:, 1].mean()), float(largest[:, 0].mean()))
    part = _Part(shown, _joined(_extent(plane), *([_name_box(*middle, name)] if middle else [])))
    for outline in outlines:
        points = [part.at(x - 0.5, y - 0.5) for y, x in (*outline[::STEP].tolist(), outline[-1].tolist())]
        part.pen.line(points, fill=(*colour, 255), width=LINE * SMOOTH, joint="curve")
    if middle is not None:
        part.write(*middle, name, colour)
    return part.merged()


def draw_ratio(
    shown: Image.Image, heart: NDArray[np.uint8], lungs: NDArray[np.uint8], ratio: float, colour: Rgb
) -> Image.Image:
    """Draw the two widths that a cardiothoracic ratio compares: heart, and inside of the thorax.

    Both planes are [rows, columns] of `shown`, 0 to 255; where one is empty nothing is drawn.
    """
    if not ((heart > 127).any() and (lungs > 127).any()):
        return shown
    part = _Part(shown, _joined(_extent(heart), _extent(lungs)))
    for plane, share, ink in ((heart, 0.62, colour), (lungs, 0.93, (236, 239, 244))):
        rows, columns = np.nonzero(plane > 127)
        y = float(np.quantile(rows, share))
        left, right = float(columns.min()), float(columns.max())
        part.pen.line([part.at(left, y), part.at(right, y)], fill=(*ink, 230), width=SMOOTH)
        for x in (left, right):
            part.pen.line([part.at(x, y - 9), part.at(x, y + 9)], fill=(*ink, 230), width=SMOOTH)
        if plane is lungs:
            part.write((left + right) / 2, y + 16, f"CTR {ratio:.2f}", ink)
    return part.merged()


def draw_box(shown: Image.Image, region: Region, scale: float, colour: Rgb, name: str) -> Image.Image:
    """Draw a box given in pixels of the image as stored; `scale` is shown over stored."""
    left, top = region.x * scale, region.y * scale
    right, bottom = (region.x + region.width) * scale, (region.y + region.height) * scale
    middle = (left + right) / 2, top - 12
    part = _Part(shown, _joined((left, top, right, bottom), _name_box(*middle, name)))
    corners = (*part.at(left, top), *part.at(right, bottom))
    part.pen.rectangle(corners, outline=(*colour, 255), width=LINE * SMOOTH)
    part.write(*middle, name, colour)
    return part.merged()


class _Part:
    """The part of a picture that is drawn on, in a layer of its own that is `SMOOTH` times as large.

    Points are those of the picture. What lies outside the box and its margin is not touched, which on a radiograph is
    most of it.
    """

    def __init__(self, shown: Image.Image, box: Corners) -> None:
        left, top = max(0, int(box[0]) - MARGIN), max(0, int(box[1]) - MARGIN)
        right, bottom = min(shown.width, int(box[2]) + MARGIN), min(shown.height, int(box[3]) + MARGIN)
        self._shown = shown
        self._box = (left, top, max(right, left + 1), max(bottom, top + 1))
        size = ((self._box[2] - left) * SMOOTH, (self._box[3] - top) * SMOOTH)
        self.layer = Image.new("RGBA", size, (0, 0, 0, 0))
        self.pen = ImageDraw.Draw(self.layer)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Give the place of a point in the layer."""
        return (x - self._box[0]) * SMOOTH, (y - self._box[1]) * SMOOTH

    def write(self, x: float, y: float, text: str, colour: Rgb) -> None:
        """Write a name around a point."""
        place, ink, stroke = self.at(x, y), (*colour, 255), (10, 12, 15, 220)
        self.pen.text(place, text, ink, _font(), anchor="mm", stroke_width=2 * SMOOTH, stroke_fill=stroke)

    def merged(self) -> Image.Image:
        """Give the picture with the layer over it."""
        small = self.layer.reduce(SMOOTH)
        merged = self._shown.copy()
        merged.paste(small, self._box[:2], mask=small)
        return merged


def _extent(plane: NDArray[np.uint8]) -> Corners:
    rows, columns = np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)


def _name_box(x: float, y: float, text: str) -> Corners:
    half = _font().getlength(text) / SMOOTH / 2
    return x - half, y - NAME_HEIGHT / 2, x + half, y + NAME_HEIGHT / 2


def _joined(*boxes: Corners) -> Corners:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(16 * SMOOTH)
