"""Check what a DICOM header claims about its pixels before a byte of them is decoded."""

from dataclasses import dataclass

from pydicom.dataset import Dataset

from overread.errors import Unreadable
from overread.imaging.header_values import text_of, whole_number
from overread.settings import Limits

COLOURS = {
    1: {"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"},
    3: {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT", "YBR_ICT", "YBR_PARTIAL_422", "YBR_PARTIAL_420"},
}
MOST_FRAMES = 100_000


@dataclass(frozen=True)
class Geometry:
    """What a header claims of its pixels, checked: size, frames, 1 or 3 samples a pixel, 1 to 32 bits stored."""

    rows: int
    columns: int
    frames: int
    samples: int
    bits_stored: int
    photometric: str


def geometry_of(dataset: Dataset, limits: Limits) -> Geometry:
    """Give the checked geometry; raise `Unreadable` for claims no image can meet or the limits forbid."""
    rows, columns = _required(dataset, "Rows"), _required(dataset, "Columns")
    if rows < 1 or columns < 1:
        raise _corrupt("Rows or Columns is zero")
    if rows > 65535 or columns > 65535 or rows * columns > limits.pixels:
        raise Unreadable(
            "too_large", f"the image claims {rows} x {columns} pixels", "Raise limits.pixels if that is meant"
        )
    frames = 1 if not text_of(dataset, "NumberOfFrames") else _required(dataset, "NumberOfFrames")
    if not 1 <= frames <= MOST_FRAMES:
        raise _corrupt(f"NumberOfFrames is {frames}")
    samples = whole_number(dataset, "SamplesPerPixel") or 1
    photometric = text_of(dataset, "PhotometricInterpretation").upper()
    if photometric not in COLOURS.get(samples, set()):
        raise _corrupt(f"{samples} samples per pixel as '{photometric[:16]}' is not an image this program shows")
    return Geometry(rows, columns, frames, samples, _bits(dataset), photometric)


def _bits(dataset: Dataset) -> int:
    allocated, stored = _required(dataset, "BitsAllocated"), _required(dataset, "BitsStored")
    if allocated not in (8, 16, 32) or not 1 <= stored <= allocated:
        raise _corrupt(f"{stored} bits stored in {allocated} allocated")
    if whole_number(dataset, "PixelRepresentation") not in (0, 1):
        raise _corrupt("PixelRepresentation is neither 0 nor 1")
    return stored


def _required(dataset: Dataset, keyword: str) -> int:
    number = whole_number(dataset, keyword)
    if number is None:
        raise _corrupt(f"{keyword} is missing or not a number")
    return number


def _corrupt(detail: str) -> Unreadable:
    return Unreadable("corrupt_pixels", detail, "Send the image again from the archive")
