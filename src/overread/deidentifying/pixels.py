"""Clean the picture of an object (PS3.15 E.3.1): find what is written in it, and paint over it in the stored values."""

import io

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from overread.errors import Unreadable
from overread.imaging.dicom_file import show
from overread.imaging.geometry import Geometry, geometry_of
from overread.imaging.header_values import text_of
from overread.pixel_text.found import TextBox, TextFinder
from overread.pixel_text.masking import identifying, masked
from overread.settings import Limits

OVERLAY_BITS = tuple((group, 0x0102) for group in range(0x6000, 0x6100, 2))
"""OverlayBitPosition: other than 0, the overlay lies in unused bits of the pixels (retired)."""


def clean_pixels(dataset: Dataset, file: io.BytesIO, finder: TextFinder, limits: Limits) -> int:
    """Paint over the text of every frame and give the number of places; raises `Unreadable` where that cannot be done.

    `file` holds the object as it came. The picture is looked at as it is shown, window and polarity applied.
    """
    geometry, frames = show(file, limits, limits.files)
    found = [identifying(finder.find(frame.picture)) for frame in frames]
    if len(found) != geometry.frames:
        raise Unreadable("too_large", f"{geometry.frames} frames are too many to look at", "Split the object")
    if any(found):
        _paint(dataset, geometry, found)
    return sum(len(boxes) for boxes in found)


def decompressed(dataset: Dataset, limits: Limits) -> None:
    """Write the pixels plainly: comments inside a compressed stream and bytes after the last frame are gone then."""
    geometry_of(dataset, limits)
    for tag in OVERLAY_BITS:
        if tag in dataset and dataset[tag].value not in (0, None):
            raise Unreadable("corrupt_pixels", "an overlay lies inside its pixels", "Export it without overlays")
    if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        raise Unreadable("unsupported_transfer_syntax", "it is big endian", "Export it as Explicit VR Little Endian")
    if dataset.file_meta.TransferSyntaxUID.is_compressed:
        dataset.decompress(generate_instance_uid=False)
    if len(dataset.PixelData) < _length(dataset):
        raise Unreadable("corrupt_pixels", "its pixel data is cut off", "Send it again from the archive")
    dataset.PixelData = dataset.PixelData[: _length(dataset)]


def _length(dataset: Dataset) -> int:
    samples = int(text_of(dataset, "SamplesPerPixel") or 1) * int(text_of(dataset, "NumberOfFrames") or 1)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        samples = samples * 2 // 3
    length: int = dataset.Rows * dataset.Columns * samples * dataset.BitsAllocated // 8
    return length + length % 2


def _paint(dataset: Dataset, geometry: Geometry, found: list[tuple[TextBox, ...]]) -> None:
    if geometry.samples != 1 or geometry.photometric == "PALETTE COLOR":
        raise Unreadable("text_in_pixels", "text in a colour picture is not painted over", "Clean it by hand")
    kind = "i" if dataset.PixelRepresentation else "u"
    stored = np.frombuffer(dataset.PixelData, f"<{kind}{dataset.BitsAllocated // 8}")
    stored = stored[: geometry.frames * geometry.rows * geometry.columns]
    shaped = stored.reshape(geometry.frames, geometry.rows, geometry.columns)
    painted = np.stack([masked(frame, boxes) for frame, boxes in zip(shaped, found, strict=True)])
    dataset.PixelData = painted.tobytes() + b"\0" * (painted.nbytes % 2)
