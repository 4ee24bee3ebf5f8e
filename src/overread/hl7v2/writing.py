"""Segments as they are written: the usual delimiters, UTF-8, version 2.5.1."""

from datetime import datetime

from overread.hl7v2.escaping import ENCODING, escaped

VERSION = "2.5.1"
CHARSET = "UNICODE UTF-8"
OURS = "OVERREAD"
"""MSH-3 of what this program writes."""


def composed(*components: str) -> str:
    """Write the components of a field; empty ones at the end are left out."""
    return "^".join(escaped(each) for each in components).rstrip("^")


def repeated(*values: str) -> str:
    """Write a field that is repeated, each time with one value."""
    return "~".join(escaped(each) for each in values)


def segment(name: str, fields: dict[int, str]) -> str:
    """Write a segment of fields that are escaped already, by their numbers."""
    return "|".join((name, *(fields.get(number, "") for number in range(1, max(fields) + 1))))


def header(fields: dict[int, str]) -> str:
    """Write MSH, whose field 1 is the separator itself."""
    own = {11: "P", 12: VERSION, 18: CHARSET, **fields}
    return "|".join(("MSH", ENCODING, *(own.get(number, "") for number in range(3, max(own) + 1))))


def message(*segments: str) -> bytes:
    """Put segments together."""
    return "".join(f"{each}\r" for each in segments).encode()


def moment(at: datetime) -> str:
    """Write a moment as DTM, in local time with its offset, as all times of DICOM and HL7 here are."""
    return at.astimezone().strftime("%Y%m%d%H%M%S%z")


def addressed(content: bytes, to: tuple[str, str], ours: tuple[str, str]) -> bytes:
    """Put application and facility of both sides into the header of a message that we wrote."""
    head, end, rest = content.decode().partition("\r")
    fields = head.split("|")
    fields[2:6] = (composed(each) for each in (*ours, *to))
    return ("|".join(fields) + end + rest).encode()
