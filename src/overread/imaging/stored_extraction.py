"""Decode one DICOM image to its stored values: what the child process does for who writes the object anew."""

import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydicom import config, dcmread
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian

from overread.errors import Unreadable
from overread.imaging.dicom_file import open_header, show, what_else
from overread.imaging.extraction import NO_MEANING, TOO_MUCH_MEMORY
from overread.imaging.geometry import geometry_of
from overread.imaging.header_values import text_of
from overread.imaging.report_text import is_structured_report
from overread.imaging.wire_format import LINES_FILE, PART_BYTES, Request, Setback, Skipped, Stored, part_file

OVERLAY_BITS = tuple((group, 0x0102) for group in range(0x6000, 0x6100, 2))
"""OverlayBitPosition: other than 0, the overlay lies in unused bits of the pixels (retired)."""
TOO_DEEP = Unreadable("unreadable", "its sequences are too deep", NO_MEANING)
NOT_DECODED = Unreadable("corrupt_pixels", "its pixels cannot be decoded", NO_MEANING)


def extract_stored(request: Request, scratch: Path) -> None:
    """Decode the request's file, and write one line: what lies in the scratch folder, or why nothing does.

    The stored values lie in parts, in their order; of the first `frames_left` frames there is a picture each, as it is
    shown and not hung, so that a place in it is one in the stored values.
    """
    warnings.simplefilter("ignore")
    config.settings.reading_validation_mode = config.IGNORE
    source = request.files[0]
    try:
        # in memory: a file on disk would be asked for all the bytes that a length claims, and be given room for them
        file = io.BytesIO(Path(source.path).read_bytes())
        told: Stored | Skipped | Setback = _stored(file, source.name, request, scratch)
    except Unreadable as error:
        told = _set_back(source.name, error)
    except MemoryError:
        told = _set_back(source.name, TOO_MUCH_MEMORY)
    except RecursionError:
        told = _set_back(source.name, TOO_DEEP)
    # As in `extraction`: decoders raise anything on hostile bytes, and their words may quote the patient.
    except Exception:  # noqa: BLE001
        told = _set_back(source.name, NOT_DECODED)
    (scratch / LINES_FILE).write_text(told.model_dump_json() + "\n", encoding="utf-8")


def _stored(file: BinaryIO, name: str, request: Request, scratch: Path) -> Stored | Skipped:
    opened = open_header(file)
    what = "a structured report" if is_structured_report(opened.dataset) else what_else(opened)
    if what is not None:
        return Skipped(name=name, what=what)
    file.seek(0)
    dataset = dcmread(file)
    if "PixelData" not in dataset:
        return Skipped(name=name, what="an object without pixel data")
    compressed = _make_plain(dataset, request)
    for number, part in enumerate(_parts(dataset.PixelData)):
        (scratch / part_file(number)).write_bytes(part)
    stored = Stored(
        name=name,
        length=len(dataset.PixelData),
        photometric=dataset.PhotometricInterpretation,
        planar=dataset.PlanarConfiguration if compressed and dataset.SamplesPerPixel > 1 else None,
        frames=dataset.get("NumberOfFrames") if compressed else None,
    )
    del dataset  # the pictures are decoded anew, one by one
    shown = 0
    if request.frames_left:
        for display in show(file, request.limits, request.frames_left)[1]:
            display.picture.tofile(scratch / f"{shown}.raw")
            shown += 1
    return stored.model_copy(update={"shown": shown})


def _make_plain(dataset: Dataset, request: Request) -> bool:
    """Have the pixels uncompressed, and say whether they were not.

    Comments in a compressed stream and bytes after the last frame are gone then.
    """
    geometry_of(dataset, request.limits)
    for tag in OVERLAY_BITS:
        if tag in dataset and dataset[tag].value not in (0, None):
            raise Unreadable("corrupt_pixels", "an overlay lies inside its pixels", "Export it without overlays")
    if dataset.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        raise Unreadable("unsupported_transfer_syntax", "it is big endian", "Export it as Explicit VR Little Endian")
    compressed: bool = dataset.file_meta.TransferSyntaxUID.is_compressed
    if compressed:
        dataset.decompress(generate_instance_uid=False)
    length = _length(dataset)
    if len(dataset.PixelData) < length:
        raise Unreadable("corrupt_pixels", "its pixel data is cut off", "Send it again from the archive")
    dataset.PixelData = dataset.PixelData[:length]
    return compressed


def _length(dataset: Dataset) -> int:
    samples = int(text_of(dataset, "SamplesPerPixel") or 1) * int(text_of(dataset, "NumberOfFrames") or 1)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        samples = samples * 2 // 3
    length: int = dataset.Rows * dataset.Columns * samples * dataset.BitsAllocated // 8
    return length + length % 2


def _parts(values: bytes) -> Iterator[bytes]:
    """Cut the values into pieces that a child may write."""
    yield from (values[start : start + PART_BYTES] for start in range(0, len(values), PART_BYTES))


def _set_back(name: str, error: Unreadable) -> Setback:
    return Setback(name=name, reason=error.reason, detail=error.detail, next_step=error.next_step)
