"""Cut report text into sentences, keeping each one's place in the text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_END = re.compile(r"(?<!\bvs)(?<!\bDr)(?<!\bapprox)[.!?]+(?=\s|$)|\n+|(?<=\d)\)(?=\s)")
_HEADING = re.compile(
    r"(?:^|\n|(?<=[.!?])\s+)\s*(?P<name>[A-Za-z][A-Za-z /]{2,40}?)\s*:(?=\s)",
)
_READ = re.compile(
    r"findings?|impressions?|conclusions?|opinion|report|results?|chest(?: x-?ray)?|lungs?|heart|pleura|bones?"
)
_LEFT_OUT = re.compile(
    r"indications?|(?:clinical )?(?:history|information|data|indication)|reason for (?:exam|study|examination)"
    r"|technique|comparisons?|procedure|exam(?:ination)?|study|views?|recommendations?|limitations?"
)


class Span(NamedTuple):
    """A piece of text and where it begins."""

    text: str
    start: int


def sentences(text: str) -> Iterator[Span]:
    """Yield the sentences of a text; a decimal point and `vs.` end none."""
    start = 0
    for end in _END.finditer(text):
        yield from _piece(text, start, end.end())
        start = end.end()
    yield from _piece(text, start, len(text))


def read_parts(text: str) -> Iterator[Span]:
    """Yield the parts of a report that say what was seen: not indication, technique, comparison and the like."""
    start, kept = 0, True
    for heading in _HEADING.finditer(text):
        name = heading["name"].strip().lower()
        if not (_READ.fullmatch(name) or _LEFT_OUT.fullmatch(name)):
            continue
        if kept:
            yield from _piece(text, start, heading.start("name"))
        start, kept = heading.end(), _READ.fullmatch(name) is not None
    if kept:
        yield from _piece(text, start, len(text))


def _piece(text: str, start: int, end: int) -> Iterator[Span]:
    if text[start:end].strip(" .\n\t"):
        yield Span(text[start:end], start)
