"""What stands in MSH, read without a fault from anything that begins like a message: an answer needs it in any case."""

from typing import NamedTuple

HEAD = b"MSH"
MOST_HEAD = 2048
CONTROL_ID = 199
"""Longest control id that is taken (2.7; 20 before)."""


class Header(NamedTuple):
    """Fields of MSH as they stand there; "" where there is none."""

    delimiters: str = "|^~\\&"
    """Of fields, components, repetitions, escape sequences and subcomponents; a sixth, of 2.7, is not needed."""
    application: str = ""
    facility: str = ""
    at: str = ""
    """MSH-7."""
    kind: str = ""
    """MSH-9.1, such as ORM."""
    event: str = ""
    control_id: str = ""
    processing: str = ""
    version: str = ""
    charset: str = ""
    """The first that MSH-18 names."""


def header_of(content: bytes) -> Header:
    """Read the header; where there is none all of it is empty. Names of fields are ASCII in every set that is read."""
    first = content[: content.find(b"\r")] if b"\r" in content else content
    line = first[:MOST_HEAD].decode("latin-1")
    if not line.startswith(HEAD.decode()) or len(line) < len("MSH|^~\\&"):
        return Header()
    separator, rest = line[3], line[4:]
    fields = ["MSH", separator, *rest.split(separator)]
    marks = f"{separator}{fields[2]}"
    component, repetition = marks[1:2] or "^", marks[2:3] or "~"

    def part(number: int, index: int = 0) -> str:
        values = fields[number].split(repetition)[0].split(component) if number < len(fields) else []
        value = values[index].strip() if index < len(values) else ""
        return value if value.isprintable() else ""

    return Header(
        delimiters=marks[:5],
        application=part(3),
        facility=part(4),
        at=part(7),
        kind=part(9).upper(),
        event=part(9, 1).upper(),
        control_id=part(10)[:CONTROL_ID],
        processing=part(11).upper(),
        version=part(12),
        charset=part(18),
    )
