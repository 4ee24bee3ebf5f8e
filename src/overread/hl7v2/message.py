"""A message as it came: its characters by MSH-18, its segments, and their values with escape sequences undone."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from overread.errors import MessageRefused, UsageError
from overread.hl7v2.charset import codec_of
from overread.hl7v2.escaping import unescape
from overread.hl7v2.header import Header, header_of
from overread.hl7v2.refusal import DATA_TYPE, REQUIRED_FIELD, SEGMENT_SEQUENCE, UNKNOWN_VERSION

MISSING = "HL7 v2 needs python-hl7: pip install 'overread[hl7]'"
DELETED = '""'
"""A value that its sender takes back."""
MOST_DELIMITERS = 50_000
"""Of one message: python-hl7 makes about 300 bytes of objects of each, so that a mebibyte of them would be 300 MB."""
ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")


@dataclass(frozen=True)
class Segment:
    """One segment; fields by their numbers in the standard."""

    fields: tuple[str, ...]
    delimiters: str
    codec: str

    @property
    def name(self) -> str:
        """Give its name, such as PID."""
        return self.fields[0]

    def value(self, field: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str:
        """Give a value as text, "" where there is none; all parts count from 1."""
        marks = self.delimiters
        raw = self.fields[field] if field < len(self.fields) else ""
        for mark, number in ((marks[2], repetition), (marks[1], component), (marks[4], subcomponent)):
            split = raw.split(mark)
            raw = split[number - 1] if number <= len(split) else ""
        return "" if raw == DELETED else unescape(raw, self.delimiters, self.codec).strip()

    def repetitions(self, field: int) -> int:
        """Give how often a field is repeated; 0 for one that is empty."""
        raw = self.fields[field] if field < len(self.fields) else ""
        return raw.count(self.delimiters[2]) + 1 if raw else 0

    def values(self, field: int, component: int = 1) -> Iterator[str]:
        """Give a component of each repetition that has it."""
        for number in range(1, self.repetitions(field) + 1):
            if value := self.value(field, component, repetition=number):
                yield value


@dataclass(frozen=True)
class Message:
    """One message, with its header."""

    header: Header
    segments: tuple[Segment, ...]

    def first(self, name: str) -> Segment | None:
        """Give the first segment of a name."""
        return next((each for each in self.segments if each.name == name), None)

    def groups(self, *names: str) -> Iterator[tuple[Segment, ...]]:
        """Give the groups that begin with one of some segments; one of them that follows another begins none anew."""
        group: list[Segment] = []
        seen: set[str] = set()
        for segment in self.segments:
            if segment.name in names and segment.name in seen:
                yield tuple(group)
                group, seen = [], set()
            if segment.name in names:
                seen.add(segment.name)
            if seen:
                group.append(segment)
        if group:
            yield tuple(group)


def messages_in(content: bytes) -> list[bytes]:
    """Take a file apart into messages, whatever ends its lines; the envelope of a batch is left out."""
    lines = content.replace(b"\r\n", b"\r").replace(b"\n", b"\r").strip(b"\r\x0b\x1c \t").split(b"\r")
    found: list[list[bytes]] = []
    for line in lines:
        if line[:3] in ENVELOPE or not line.strip():
            continue
        if line.startswith(b"MSH") or not found:
            found.append([])
        found[-1].append(line)
    return [b"\r".join(each) + b"\r" for each in found]


def read_message(content: bytes, default_codec: str = "utf-8") -> Message:
    """Read one message; `default_codec` is that of senders who leave MSH-18 empty.

    Raises `MessageRefused` for what is none, `UsageError` without python-hl7.
    """
    if find_spec("hl7") is None:
        raise UsageError(MISSING)
    import hl7

    header = header_of(content)
    _refuse_odd(header)
    text = _text(content, header, default_codec).replace("\r\n", "\r").replace("\n", "\r")
    codec = _codec(header, default_codec)
    if sum(text.count(mark) for mark in header.delimiters) > MOST_DELIMITERS:
        raise MessageRefused("AE", DATA_TYPE, f"there are more than {MOST_DELIMITERS} delimiters")
    segments = [
        Segment(tuple(str(field) for field in segment), header.delimiters, codec)
        for segment in hl7.parse(text)
        if str(segment).strip()
    ]
    if any(not (len(each.name) == 3 and each.name.isalnum()) for each in segments):
        raise MessageRefused("AE", SEGMENT_SEQUENCE, "a line begins with no name of a segment")
    return Message(header, tuple(segments))


def _refuse_odd(header: Header) -> None:
    if not header.kind:
        raise MessageRefused("AR", SEGMENT_SEQUENCE, "there is no MSH segment with a message type (MSH-9)")
    marks = header.delimiters
    odd = len(set(marks)) != 5 or any(mark.isalnum() or mark.isspace() for mark in marks)
    if len(marks) != 5 or odd:
        raise MessageRefused("AE", DATA_TYPE, "MSH-1 and MSH-2 do not name five delimiters")
    if not header.control_id:
        raise MessageRefused("AE", REQUIRED_FIELD, "there is no message control id (MSH-10)")
    if not header.version.startswith("2."):
        raise MessageRefused("AR", UNKNOWN_VERSION, "MSH-12 names no version 2 of HL7")


def _codec(header: Header, default: str) -> str:
    codec = codec_of(header.charset) if header.charset else default
    if codec is None:
        raise MessageRefused("AE", DATA_TYPE, "MSH-18 names a character set that is not read here")
    return codec


def _text(content: bytes, header: Header, default: str) -> str:
    try:
        return content.decode(_codec(header, default))
    except UnicodeDecodeError:
        raise MessageRefused("AE", DATA_TYPE, "a byte is none of the character set of MSH-18") from None
