"""Give the pictures of a DICOM image as a viewer shows them: [rows, columns], 8 bits, air dark."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut
from pydicom.pixels.utils import pixel_array

from overread.imaging.geometry import Geometry
from overread.imaging.grayscale import shown_levels
from overread.imaging.greys import Coded, Frame, coded
from overread.imaging.header_values import numbers_of, text_of
from overread.imaging.stored_values import place_of, stored_values
from overread.ports import Picture
from overread.records import SyntheticKind

BLOCK_ROWS = 256
COLOUR_NOTE = "The image is in colour and is shown as its luminance."


class Display(NamedTuple):
    """A picture as shown, the window it is shown through, and notes on what was changed or left out."""

    picture: Picture
    window: str
    notes: tuple[str, ...]
    coded: Coded | None = None
    """The stored values; None where the picture has them all, and for what is no grey image of at most 16 bits."""
    synthetic: SyntheticKind | None = None
    """What a plain picture says of itself; of a DICOM image the header is asked."""


def displays(dataset: Dataset, geometry: Geometry, frames: int) -> Iterator[Display]:
    """Decode and show the first `frames` frames, one at a time."""
    place = place_of(dataset, geometry)
    for index in range(frames):
        if geometry.photometric == "PALETTE COLOR":
            yield _luminance(apply_color_lut(pixel_array(dataset, index=index), dataset), _palette_bits(dataset))
        elif geometry.samples == 3:
            yield _luminance(pixel_array(dataset, index=index), geometry.bits_stored)
        else:
            shown = grey_display(stored_values(dataset, geometry, place, index), dataset, geometry)
            yield shown._replace(notes=(*((place.note,) if place.note else ()), *shown.notes))


def grey_display(stored: NDArray[Any], dataset: Dataset, geometry: Geometry) -> Display:
    """Show the stored values [rows, columns] of one grey frame as its header says."""
    ramp, index = _ramp(stored.astype(stored.dtype.newbyteorder("="), copy=False))
    counts = _counts(index, ramp.size)
    padding = _padding(ramp, dataset)
    padded = int(counts[padding].sum())
    notes: tuple[str, ...] = ()
    if padded >= stored.size / 200:
        notes = (f"{100 * padded / stored.size:.0f} % of the pixels are padding and are shown black.",)
    shown = shown_levels(ramp, np.where(padding, 0, counts), dataset)
    polarity = polarity_of(dataset, geometry.photometric)
    levels = 255 - shown.levels if polarity.inverted else shown.levels
    levels = np.where(padding, 0, levels).astype(np.uint8)
    picture = np.empty(stored.shape, np.uint8)
    for start in range(0, stored.shape[0], BLOCK_ROWS):
        picture[start : start + BLOCK_ROWS] = levels[index[start : start + BLOCK_ROWS]]
    kept = coded(Frame(ramp, index, padding), shown, polarity.words.lstrip("; "), dataset, geometry)
    return Display(picture, shown.window + polarity.words, (*notes, *shown.notes, *polarity.notes), kept)


class Polarity(NamedTuple):
    """Whether shown values are turned around after the window, in words that follow those of the window, and notes."""

    inverted: bool
    words: str
    notes: tuple[str, ...]


def polarity_of(dataset: Dataset, photometric: str) -> Polarity:
    """Invert once where MONOCHROME1 (PS3.3 C.7.6.3.1.2), PresentationLUTShape INVERSE (C.11.6) or both say so.

    The two go together (C.8.11.3); where only one of them says it, a note tells of the other.
    """
    shape = text_of(dataset, "PresentationLUTShape").upper()
    said = [photometric] if photometric == "MONOCHROME1" else []
    said += ["PresentationLUTShape INVERSE"] if shape == "INVERSE" else []
    words = f"; inverted: {' and '.join(said)}" if said else ""
    if shape not in {"", "IDENTITY", "INVERSE"}:
        return Polarity(bool(said), words, (f"PresentationLUTShape {shape[:16]} is not known and is left out.",))
    if shape and (shape == "INVERSE") != (photometric == "MONOCHROME1"):
        note = f"PresentationLUTShape {shape} does not go with {photometric}; the picture is shown inverted."
        return Polarity(True, words, (note,))
    return Polarity(bool(said), words, ())


def _ramp(stored: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Give the values that occur, ascending, and each pixel's place among them."""
    if stored.dtype.itemsize > 2:
        values, inverse = np.unique(stored, return_inverse=True)
        return values.astype(np.int64), inverse.reshape(stored.shape)
    low, high = int(stored.min()), int(stored.max())
    # the difference wraps into the unsigned type of the same width, where it always fits
    unsigned = stored.view(np.dtype(f"u{stored.dtype.itemsize}")) - np.dtype(f"u{stored.dtype.itemsize}").type(
        low % 2 ** (8 * stored.dtype.itemsize)
    )
    return np.arange(low, high + 1, dtype=np.int64), unsigned


def _counts(index: NDArray[Any], size: int) -> NDArray[np.int64]:
    counts = np.zeros(size, np.int64)
    for start in range(0, index.shape[0], BLOCK_ROWS):
        counts += np.bincount(index[start : start + BLOCK_ROWS].ravel(), minlength=size)
    return counts


def _padding(ramp: NDArray[np.int64], dataset: Dataset) -> NDArray[np.bool_]:
    """Mark the values that stand for no image at all (PS3.3 C.7.5.1.1.2)."""
    first = numbers_of(dataset, "PixelPaddingValue")
    last = numbers_of(dataset, "PixelPaddingRangeLimit") or first
    if len(first) != 1 or len(last) != 1:
        return np.zeros(ramp.shape, np.bool_)
    return np.asarray((ramp >= min(first[0], last[0])) & (ramp <= max(first[0], last[0])))


def _palette_bits(dataset: Dataset) -> int:
    return int(dataset.RedPaletteColorLookupTableDescriptor[2])


def _luminance(rgb: NDArray[Any], bits: int) -> Display:
    """Reduce colour to ITU-R 601 luma."""
    eight = (rgb >> (bits - 8) if bits > 8 else rgb).astype(np.uint8)
    grey = bool((eight[..., 0] == eight[..., 1]).all() and (eight[..., 1] == eight[..., 2]).all())
    picture = eight[..., 0] if grey else np.asarray(Image.fromarray(eight).convert("L"))
    return Display(np.ascontiguousarray(picture), "values as stored", () if grey else (COLOUR_NOTE,))
