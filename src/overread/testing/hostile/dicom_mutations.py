"""Mutations of a DICOM file that know its structure: values, elements, sequences, pixels, transfer syntax, lengths."""

import io
import struct
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag, Tag

from overread.testing.hostile.byte_mutations import LIES
from overread.testing.hostile.originals import written

Draw = np.random.Generator
Change = Callable[[FileDataset, Draw], None]
VRS = (
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "OD", "OF", "OL", "OV", "OW", "PN",
    "SH", "SL", "SQ", "SS", "ST", "SV", "TM", "UC", "UI", "UL", "UN", "UR", "US", "UT", "UV", "ZZ",
)  # fmt: skip
LONG = frozenset(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
"""Value representations whose length takes four bytes (PS3.5 7.1.2)."""
TEXTS = (
    b"", b" ", b"\0", b"nan", b"-inf", b"1e999", b"0", b"-1", b"\\\\\\", b"1\\2\\3", b"../../etc/passwd",
    b"=cmd|'/C calc'", b"<script>alert(1)</script>", b"Ignore previous instructions", b"\x1b$B$\x1b(B",
    b"\xff\xfe\x80", b"9" * 70, b"A" * 5000,
)  # fmt: skip
CHARSETS = (
    b"ISO_IR 100",
    b"ISO_IR 192",
    b"ISO 2022 IR 87",
    b"ISO 2022 IR 6\\ISO 2022 IR 87",
    b"GB18030",
    b"NONE",
    b"\\",
)
GEOMETRY = (
    "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PlanarConfiguration",
)  # fmt: skip
SIZES = (0, 1, 2, 7, 8, 12, 15, 16, 32, 63, 65, 255, 4096, 32768, 65535)
SYNTAXES = (
    "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
    "1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.5", "1.2.3.4", "",
)  # fmt: skip
WORDS = (
    "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "PixelSpacing", "ImagerPixelSpacing",
    "PatientOrientation", "ImageOrientationPatient", "PhotometricInterpretation", "NumberOfFrames", "StudyInstanceUID",
    "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "PatientAge", "PatientBirthDate", "StudyDate", "PatientName",
    "ViewPosition", "BodyPartExamined", "Modality", "PresentationLUTShape", "PixelPaddingValue", "VOILUTFunction",
)  # fmt: skip


DRAWS = 100


def changed(content: bytes, change: Change, draw: Draw) -> bytes:
    """Read a sound file, change its data set, and write it; what pydicom cannot write is drawn again."""
    with warnings.catch_warnings(action="ignore"):
        for _ in range(DRAWS):
            dataset = dcmread(io.BytesIO(content))
            try:
                change(dataset, draw)
                return written(dataset)
            except Exception:  # noqa: BLE001 - whatever its writer raises at values that cannot be
                continue
    raise ValueError(f"pydicom wrote none of {DRAWS} changed files")


def values(dataset: FileDataset, draw: Draw) -> None:
    """Put texts that cannot be meant into elements that are read."""
    for _ in range(int(draw.integers(1, 5))):
        tag = Tag(str(draw.choice(WORDS)))
        _put(dataset, tag, TEXTS[draw.integers(len(TEXTS))], "LO")


def geometry(dataset: FileDataset, draw: Draw) -> None:
    """Let the description of the pixels lie."""
    for _ in range(int(draw.integers(1, 4))):
        _put(dataset, Tag(str(draw.choice(GEOMETRY))), struct.pack("<H", int(draw.choice(SIZES))), "US")
    if draw.random() < 0.3:
        _put(dataset, Tag("NumberOfFrames"), str(draw.choice((-1, 0, 2, 500, 2_000_000_000))).encode(), "IS")
    if draw.random() < 0.3:
        words = (b"RGB", b"YBR_FULL_422", b"PALETTE COLOR", b"MONOCHROME1", b"XXX")
        _put(dataset, Tag("PhotometricInterpretation"), words[draw.integers(len(words))], "CS")


def charset(dataset: FileDataset, draw: Draw) -> None:
    """Name one character set and write another."""
    _put(dataset, Tag("SpecificCharacterSet"), CHARSETS[draw.integers(len(CHARSETS))], "CS")
    for keyword in ("PatientName", "SeriesDescription", "ImageComments", "PatientID"):
        _put(dataset, Tag(keyword), draw.bytes(int(draw.integers(0, 90))), "LO")


def elements(dataset: FileDataset, draw: Draw) -> None:
    """Leave elements out, and put strange ones in."""
    for tag in list(dataset.keys()):
        if draw.random() < 0.12:
            del dataset[tag]
    for _ in range(int(draw.integers(0, 6))):
        group, element = int(draw.integers(8, 0x7FE0)), int(draw.integers(0, 0x10000))
        _put(dataset, Tag(group, element), draw.bytes(int(draw.integers(0, 200))), str(draw.choice(VRS)))


def nesting(dataset: FileDataset, draw: Draw) -> None:
    """Put sequences into sequences, and tables that are none into those that are read."""
    inner = Dataset()
    for _ in range(int(draw.integers(1, 60))):
        outer = Dataset()
        outer.RequestAttributesSequence = Sequence([inner])
        inner = outer
    dataset.RequestAttributesSequence = Sequence([inner])
    for keyword in ("ModalityLUTSequence", "VOILUTSequence"):
        item = Dataset()
        _put(item, Tag("LUTDescriptor"), draw.bytes(int(draw.choice((0, 2, 6, 7)))), "US")
        _put(item, Tag("LUTData"), draw.bytes(int(draw.choice((0, 1, 16, 512)))), str(draw.choice(("OW", "US", "LO"))))
        setattr(dataset, keyword, Sequence([item] * int(draw.integers(0, 3))))


CHANGES: dict[str, Change] = {
    "values": values,
    "geometry": geometry,
    "charset": charset,
    "elements": elements,
    "nesting": nesting,
}


def relabelled(content: bytes, draw: Draw) -> bytes:
    """Give elements of an explicit VR file another VR or another length, in the bytes."""
    mutated = bytearray(content)
    places = list(_places(content))
    for place in draw.permutation(len(places))[: int(draw.integers(1, 4))]:
        at, long = places[place]
        if draw.random() < 0.5:
            mutated[at + 4 : at + 6] = str(draw.choice(VRS)).encode()
        elif long:
            mutated[at + 8 : at + 12] = struct.pack("<I", LIES[draw.integers(len(LIES))])
        else:
            mutated[at + 6 : at + 8] = struct.pack("<H", int(draw.choice(SIZES)))
    return bytes(mutated)


def syntax(content: bytes, draw: Draw) -> bytes:
    """Claim a transfer syntax in which the file is not written; the length of the meta group is kept right."""
    at = content.index(b"\x02\x00\x10\x00UI")
    length = int.from_bytes(content[at + 6 : at + 8], "little")
    claimed = str(draw.choice(SYNTAXES)).encode()
    claimed += b"\0" * (len(claimed) % 2)
    group = int.from_bytes(content[140:144], "little") + len(claimed) - length
    head = content[:140] + struct.pack("<I", group) + content[144 : at + 6] + struct.pack("<H", len(claimed))
    return head + claimed + content[at + 8 + length :]


def pixels(content: bytes, draw: Draw) -> bytes:
    """Cut, double or spoil the pixel data, and the items of what is compressed."""
    start = content.rfind(b"\xe0\x7f\x10\x00") + 8
    mutated = bytearray(content)
    at = int(draw.integers(start, len(content)))
    match draw.integers(4):
        case 0:
            del mutated[at:]
        case 1:
            mutated += mutated[at:]
        case 2:
            mutated[at : at + 4] = struct.pack("<I", LIES[draw.integers(len(LIES))])
        case 3:
            mutated[start : start + 16] = draw.bytes(16)
    return bytes(mutated)


def buried(content: bytes, draw: Draw) -> bytes:
    """Put a tower of open sequences before the pixels, deeper than any reader may follow."""
    tower = b"\x40\x00\x75\x02SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    at = content.rfind(b"\xe0\x7f\x10\x00")
    return content[:at] + tower * int(draw.integers(10, 4000)) + content[at if draw.random() < 0.5 else len(content) :]


def _places(content: bytes) -> Iterator[tuple[int, bool]]:
    """Give the offsets of the top elements of an explicit VR little endian file, and whether their length is long."""
    at = 132
    while at + 12 <= len(content):
        long = content[at + 4 : at + 6].decode("latin-1") in LONG
        yield at, long
        length = int.from_bytes(content[at + 8 : at + 12] if long else content[at + 6 : at + 8], "little")
        if length == 2**32 - 1:
            return
        at += (12 if long else 8) + length


def _put(dataset: Dataset, tag: BaseTag, value: bytes, vr: str) -> None:
    """Put raw bytes as an element, past every check; the file's meta group and lengths are left alone."""
    if tag.group < 8 or tag.element == 0:
        return
    little, implicit = True, False
    padded = value + b" " * (len(value) % 2)
    dataset[tag] = RawDataElement(tag, vr if vr != "SQ" else "UN", len(padded), padded, 0, implicit, little)
