"""Read one DICOM file: checks in the order of their cost, then its shown pictures."""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import (
    HTJ2K,
    JPEG2000,
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from overread.errors import Unreadable
from overread.imaging.display import Display, displays
from overread.imaging.geometry import Geometry, geometry_of
from overread.imaging.header import kept_headers
from overread.imaging.header_values import text_of
from overread.settings import Limits

READ = frozenset(
    {
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        RLELossless,
        JPEGBaseline8Bit,
        JPEGExtended12Bit,
        JPEGLossless,
        JPEGLosslessSV1,
        JPEGLSLossless,
        JPEGLSNearLossless,
        JPEG2000,
        JPEG2000Lossless,
        HTJ2K,
        HTJ2KLossless,
        HTJ2KLosslessRPCL,
    }
)
"""Transfer syntaxes read. Not deflated: its data set inflates before any check can run."""
NOT_IMAGES = {
    "ANN", "AU", "DOC", "ECG", "EPS", "FID", "HD", "KO", "PLAN", "PR", "REG", "RESP", "RTDOSE", "RTPLAN", "RTRECORD",
    "RTSTRUCT", "RWV", "SEG", "SMR", "SR",
}  # fmt: skip
"""Modality values (PS3.3 C.7.3.1.1.1) of objects that hold no picture to read."""
PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


class Opened(NamedTuple):
    """A checked header, its pixels still undecoded."""

    dataset: Dataset
    headers: dict[str, str]
    transfer_syntax: UID


def open_header(file: BinaryIO) -> Opened:
    """Read everything before the pixels; the caller has seen `DICM` at byte 128."""
    syntax = _transfer_syntax(file)
    file.seek(0)
    dataset = dcmread(file, stop_before_pixels=True)
    return Opened(dataset, kept_headers(dataset, syntax), syntax)


def what_else(opened: Opened) -> str | None:
    """Say what the object is when it is not an image, None when it is one."""
    modality = text_of(opened.dataset, "Modality").upper()
    kind = UID(text_of(opened.dataset, "SOPClassUID") or text_of(opened.dataset.file_meta, "MediaStorageSOPClassUID"))
    if modality in NOT_IMAGES:
        return f"a {modality} object"
    if kind.keyword in {"MediaStorageDirectoryStorage", "EncapsulatedPDFStorage", "RawDataStorage"}:
        return kind.name
    if not text_of(opened.dataset, "Rows") and not text_of(opened.dataset, "PhotometricInterpretation"):
        return "an object without an image"
    return None


def show(file: BinaryIO, limits: Limits, most_frames: int) -> tuple[Geometry, Iterator[Display]]:
    """Check the geometry, then decode: an iterator over the frames as shown."""
    file.seek(0)
    header = dcmread(file, stop_before_pixels=True)
    geometry = geometry_of(header, limits)
    file.seek(0)
    dataset = dcmread(file)
    if "PixelData" not in dataset:
        held = [keyword for keyword in PIXELS if keyword in dataset]
        detail = f"the image holds {held[0]}, which is not shown" if held else "the image holds no pixel data"
        raise Unreadable("corrupt_pixels", detail, "Send the image again from the archive")
    return geometry, displays(dataset, geometry, min(geometry.frames, most_frames))


def _transfer_syntax(file: BinaryIO) -> UID:
    file.seek(132)
    meta = read_dataset(file, is_implicit_VR=False, is_little_endian=True, stop_when=lambda tag, *_: tag >> 16 != 2)
    syntax = UID(text_of(meta, "TransferSyntaxUID"))
    if syntax in READ:
        return syntax
    named = (
        "deflated" if syntax == DeflatedExplicitVRLittleEndian else f"'{syntax.name[:40]}'" if syntax else "not named"
    )
    raise Unreadable(
        "unsupported_transfer_syntax",
        f"its transfer syntax is {named}, which is not read",
        "Export it uncompressed (Explicit VR Little Endian)",
    )
