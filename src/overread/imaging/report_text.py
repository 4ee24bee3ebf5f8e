"""Read the text of a report in the reader's child process: plain text, or the TEXT items of a structured report."""

from collections.abc import Iterator
from typing import BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import UID, BasicTextSRStorage, ComprehensiveSRStorage, EnhancedSRStorage

from overread.errors import Unreadable
from overread.imaging.header import identifier_of, identity_of
from overread.imaging.header_values import text_of, value_of
from overread.imaging.plain_text import plain_lines
from overread.imaging.wire_format import REPORT_LIMIT, Narrative, ReportProblem

REPORT_NAMES = frozenset({"report.txt", "report.md"})
"""What a prior's report is called beside its images, in any case."""
READ = frozenset({BasicTextSRStorage, EnhancedSRStorage, ComprehensiveSRStorage})
MARKUP = (b"%PDF", b"{\\rtf", b"PK\x03\x04", b"<?xml", b"<!doc", b"<html")
"""Beginnings of what is no plain text although it may hold nothing but letters."""
DEEPEST = 16
MOST_ITEMS = 2000
LONGEST_BYTES = 4 * REPORT_LIMIT
"""Of REPORT_LIMIT characters in UTF-8."""


def text_report(name: str, file: BinaryIO) -> Narrative:
    """Read UTF-8 text, with or without a byte order mark, of at most `REPORT_LIMIT` characters."""
    file.seek(0)
    content = file.read(LONGEST_BYTES + 1)
    if b"\0" in content or content[:5].lower().startswith(tuple(mark.lower() for mark in MARKUP)):
        return Narrative(name=name, source="text", problem="not_plain_text")
    if len(content) > LONGEST_BYTES:
        return Narrative(name=name, source="text", problem="too_long")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Narrative(name=name, source="text", problem="not_plain_text")
    text = plain_lines(text)
    problem = _problem(text)
    return Narrative(name=name, source="text", text="" if problem else text, problem=problem)


def is_structured_report(dataset: Dataset) -> bool:
    """Say whether it is a Basic Text, Enhanced or Comprehensive SR (PS3.3 A.35.1 to A.35.3)."""
    return UID(text_of(dataset, "SOPClassUID")) in READ


def structured_report(name: str, dataset: Dataset) -> Narrative:
    """Read the TEXT items of a structured report under their headings; one that nobody verified is no report."""
    text = plain_lines("\n".join(_lines(dataset)))
    verified = text_of(dataset, "VerificationFlag").upper() == "VERIFIED"
    problem: ReportProblem | None = _problem(text) if verified else "not_verified"
    return Narrative(
        name=name,
        source="structured_report",
        text="" if problem else text,
        problem=problem,
        study_uid=_study_of(dataset),
        identity=identity_of(dataset),
    )


def _problem(text: str) -> ReportProblem | None:
    if not text.strip():
        return "empty"
    return "too_long" if len(text) > REPORT_LIMIT else None


def _study_of(dataset: Dataset) -> str | None:
    try:
        return identifier_of(dataset, "StudyInstanceUID")
    except Unreadable:
        return None


def _lines(dataset: Dataset) -> Iterator[str]:
    """Give each text on a line of its own, and its heading before the first one under it."""
    said = ""
    for count, (heading, text) in enumerate(_texts(dataset, "", 0)):
        if count == MOST_ITEMS:
            return
        if heading and heading != said:
            yield f"\n{heading}:"
        said = heading or said
        yield text


def _texts(item: Dataset, heading: str, depth: int) -> Iterator[tuple[str, str]]:
    """Walk the content tree in its order; a text belongs to the nearest container, or to its own name."""
    if depth > DEEPEST:
        return
    for child in item.get("ContentSequence") or ():
        name = _name(child)
        kind = text_of(child, "ValueType").upper()
        if kind == "TEXT":
            yield heading or name, str(value_of(child, "TextValue") or "")[: REPORT_LIMIT + 1]
        yield from _texts(child, name if kind == "CONTAINER" and name else heading, depth + 1)


def _name(item: Dataset) -> str:
    named = item.get("ConceptNameCodeSequence")
    return text_of(named[0], "CodeMeaning") if named else ""
