"""Read a DICOM file that lacks its preamble: put in front of it what PS3.10 7.1 asks for."""

import io
from typing import BinaryIO, NamedTuple

from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import VR

PREAMBLE = bytes(128) + b"DICM"
META_GROUP = b"\x02\x00"
FIRST_GROUP = 8
"""Group that the data set of an image begins with (SpecificCharacterSet, ImageType or SOPClassUID)."""
LONGEST_FIRST = 2**16
"""Bytes of a first value of implicit VR, above which it is no DICOM."""
VALUE_REPRESENTATIONS = frozenset(str(each).encode() for each in VR if len(str(each)) == 2)


class Completed(NamedTuple):
    """A file with its preamble, and a note on what had to be assumed."""

    file: BinaryIO
    note: str


def completed(file: BinaryIO) -> Completed | None:
    """Put the preamble, and a transfer syntax where none is named, before a data set; None for what is no DICOM."""
    file.seek(0)
    start = file.read(8)
    syntax = None if start[:2] == META_GROUP and start[4:6] in VALUE_REPRESENTATIONS else _guessed(start)
    if syntax is None and start[:2] != META_GROUP:
        return None
    file.seek(0)
    named = b"" if syntax is None else _named(syntax)
    whole = io.BytesIO(PREAMBLE + named + file.read())
    if syntax is None:
        return Completed(whole, "The file has no preamble; it was read without one.")
    return Completed(whole, f"The file has no preamble and no file meta information; it is read as {syntax.name}.")


def _guessed(start: bytes) -> UID | None:
    """Tell the encoding by the first element: its group in either byte order, then a VR or a length."""
    explicit = start[4:6] in VALUE_REPRESENTATIONS
    if explicit and int.from_bytes(start[:2], "big") == FIRST_GROUP:
        return ExplicitVRBigEndian
    if int.from_bytes(start[:2], "little") != FIRST_GROUP:
        return None
    if explicit:
        return ExplicitVRLittleEndian
    length = int.from_bytes(start[4:8], "little")
    return ImplicitVRLittleEndian if len(start) == 8 and length <= LONGEST_FIRST and not length % 2 else None


def _named(syntax: UID) -> bytes:
    """Give the element TransferSyntaxUID (0002,0010), explicit VR little endian."""
    value = syntax.encode() + b"\0" * (len(syntax) % 2)
    return META_GROUP + b"\x10\x00UI" + len(value).to_bytes(2, "little") + value
