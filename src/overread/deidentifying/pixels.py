"""Clean the picture of an object (PS3.15 E.3.1): find what is written in it, and paint over it in the stored values."""

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from overread.errors import Unreadable
from overread.imaging.geometry import Geometry, geometry_of
from overread.imaging.stored_pixels import StoredPixels
from overread.pixel_text.found import TextBox, TextFinder
from overread.pixel_text.masking import identifying, masked
from overread.settings import Limits


def make_plain(dataset: Dataset, stored: StoredPixels) -> None:
    """Put in the stored values, decoded: comments in a compressed stream and bytes after the last frame are gone."""
    dataset.PixelData = stored.values
    if not dataset.file_meta.TransferSyntaxUID.is_compressed:
        return
    pixels = dataset["PixelData"]
    pixels.is_undefined_length, pixels.VR = False, "OB" if dataset.BitsAllocated <= 8 else "OW"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PhotometricInterpretation = stored.photometric
    if stored.planar is not None:
        dataset.PlanarConfiguration = stored.planar
    if stored.frames is not None:
        dataset.NumberOfFrames = stored.frames


def clean_pixels(dataset: Dataset, stored: StoredPixels, finder: TextFinder, limits: Limits) -> int:
    """Paint over the text of every frame and give the number of places; raises `Unreadable` where that cannot be done.

    `stored` has the pictures, which are looked at as they are shown, and `dataset` its values.
    """
    geometry = geometry_of(dataset, limits)
    if stored.shown != geometry.frames:
        raise Unreadable("too_large", f"{geometry.frames} frames are too many to look at", "Split the object")
    found = [identifying(finder.find(each)) for each in stored.pictures(geometry.rows, geometry.columns)]
    if any(found):
        _paint(dataset, geometry, found)
    return sum(len(boxes) for boxes in found)


def _paint(dataset: Dataset, geometry: Geometry, found: list[tuple[TextBox, ...]]) -> None:
    if geometry.samples != 1 or geometry.photometric == "PALETTE COLOR":
        raise Unreadable("text_in_pixels", "text in a colour picture is not painted over", "Clean it by hand")
    kind = "i" if dataset.PixelRepresentation else "u"
    stored = np.frombuffer(dataset.PixelData, f"<{kind}{dataset.BitsAllocated // 8}")
    stored = stored[: geometry.frames * geometry.rows * geometry.columns]
    shaped = stored.reshape(geometry.frames, geometry.rows, geometry.columns)
    painted = np.stack([masked(frame, boxes) for frame, boxes in zip(shaped, found, strict=True)])
    dataset.PixelData = painted.tobytes() + b"\0" * (painted.nbytes % 2)
