"""Read a PNG or JPEG as a shown picture."""

from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from overread.errors import Unreadable
from overread.imaging.display import COLOUR_NOTE, Display
from overread.imaging.grayscale import PERCENTILES
from overread.imaging.greys import Coded, packed
from overread.imaging.header import kind_in_words
from overread.imaging.plain_text import TEXT_LIMIT
from overread.ports import Picture
from overread.records import Greys, SyntheticKind
from overread.settings import Limits

UNKNOWN = "A plain picture without a header: nothing is known of patient, view, side, spacing or date."
ORIENTATION = 0x0112
"""EXIF tag."""


def read_raster(file: BinaryIO, kind: str, limits: Limits) -> Display:
    """Decode one PNG or JPEG: 1 to 16 bits, palette, alpha, CMYK, EXIF orientation; the first frame only."""
    Image.MAX_IMAGE_PIXELS = None  # the size is checked here, before anything is decoded
    with Image.open(file, formats=[kind]) as image:
        columns, rows = image.size
        if rows * columns > limits.pixels or max(rows, columns) > 65535:
            detail = f"the picture claims {rows} x {columns} pixels"
            raise Unreadable("too_large", detail, "Raise limits.pixels if that is meant")
        notes, synthetic = [UNKNOWN], _synthetic(image)
        turned = image.getexif().get(ORIENTATION, 1) != 1
        image.load()
        if turned:
            notes.append("The picture is turned as its EXIF orientation says.")
        shown = ImageOps.exif_transpose(image) if turned else image
        if shown.mode.startswith(("I", "F")):
            return _deep(np.asarray(shown).astype(np.int64), tuple(notes))._replace(synthetic=synthetic)
        picture, window, found = _levels(shown)
    return Display(np.ascontiguousarray(picture), window, (*notes, *found), synthetic=synthetic)


def _synthetic(image: Image.Image) -> SyntheticKind | None:
    """Read what a picture says of itself in its comment (PNG tEXt, JPEG COM), as `overread imagine` writes it."""
    said = [image.info.get(key) for key in ("Comment", "comment")]
    words = " ".join(str(each, "latin-1") if isinstance(each, bytes) else str(each) for each in said if each)
    return kind_in_words(words[:TEXT_LIMIT])


def _levels(image: Image.Image) -> tuple[Picture, str, tuple[str, ...]]:
    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return np.asarray(image.convert("L")), "values as stored", ()
    notes: tuple[str, ...] = ()
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        if layered.getchannel("A").getextrema() != (255, 255):
            notes = ("Transparent parts of the picture are shown black.",)
        image = Image.alpha_composite(Image.new("RGBA", layered.size, (0, 0, 0, 255)), layered)
    rgb = np.asarray(image.convert("RGB"))
    if (rgb == rgb[..., :1]).all():
        return rgb[..., 0], "values as stored", notes
    return np.asarray(Image.fromarray(rgb).convert("L")), "values as stored", (*notes, COLOUR_NOTE)


def _deep(stored: np.ndarray, notes: tuple[str, ...]) -> Display:
    """Show more than 8 bits through the percentile window that a DICOM image without one gets."""
    low, high = np.percentile(stored, PERCENTILES)
    if high - low < 1024:
        # twelve bits in sixteen, and no content: show it as dim as it is, do not blow up its noise
        low, high = min(float(low), float(high) - 1024), float(high)
    window = f"percentiles {PERCENTILES[0]:g} to {PERCENTILES[1]:g}: {low:g} to {high:g}"
    picture = _through(stored, low, high)
    first, last = int(stored.min()), int(stored.max())
    if last - first > 65535:
        return Display(picture, window, notes)
    greys = Greys(
        rows=stored.shape[0],
        columns=stored.shape[1],
        highest=last - first,
        offset=first,
        bits=16,
        shown=packed(_through(np.arange(first, last + 1), low, high)),
        window=window,
    )
    return Display(picture, window, notes, Coded((stored - first).astype(np.uint16), greys))


def _through(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.rint(np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)
