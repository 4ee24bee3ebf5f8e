"""Cut report text into sentences, keeping each one's place in the text."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from overread.labeler.headings import seen_parts
from overread.labeler.lexicon import lexicon

_TITLES = ("Dr", "Mr", "Ms", "Mrs", "pt")
_SHORT = (
    "vs",
    "approx",
    "cf",
    "i.e",
    "e.g",
    "resp",
    "incl",
    "esp",
    "ca",
    "etc",
    "sig",
    "poss",
    "prob",
    "min",
    "mod",
    "w",
)
_SHORT_SIDES = ("Rt", "Lt", "bilat", "R", "L")
_NO_END = "".join(rf"(?<!\b{re.escape(word)})" for word in (*_TITLES, *_SHORT, *_SHORT_SIDES))
_ANSWER = r"(?!\s+(?:no|none|nil|yes|negative|absent|present)\W*(?:\s|$))"
_END = re.compile(
    # What an end may begin with comes first: the look behind it is slow.
    rf"(?=[.!?,;\n\d])(?:{_NO_END}(?:[.!]+|(?<=\w)\?+{_ANSWER})(?=\s|$)"
    r"|(?<=[a-z]{3})[.](?=[a-z]{2}|\d{1,2}[.)])|(?<=\s)[.](?=[a-z])|\n|(?:^|(?<=\s))\d{1,2}\)(?=\s)"
    r"|,(?=\s+[a-z][a-z ]{2,30}:\s)|;(?=\s+[a-z][a-z ,/]{2,80}:\s))",
    re.IGNORECASE,
)
"""A dot may be glued to the next sentence; one behind an abbreviation, and a question that is answered, end none."""
_ITEM = re.compile(r"\s*(?:[-*\u2022\u00b7]\s|\(?\d{1,2}[.)]\s|[a-z][.)]\s|[A-Z][A-Za-z /]{2,40}:(?=\s|$))")
"""What a line of its own begins with: a bullet, a number, a heading."""
_WORD = re.compile(r"\s*(\S+)")
NARROWEST = 34
"""Columns under which nobody wraps text: shorter lines are lines of their own."""


class Span(NamedTuple):
    """A piece of text and where it begins."""

    text: str
    start: int


def sentences(text: str) -> Iterator[Span]:
    """Yield the sentences of a text; a decimal point, `vs.` and a line break inside a paragraph end none."""
    yield from _within(text, 0, len(text), _soft_breaks(text))


def report_sentences(text: str) -> Iterator[Span]:
    """Yield the sentences of the parts of a report that say what was seen."""
    soft = _soft_breaks(text)
    for part in seen_parts(text):
        yield from _within(text, part.start, part.end, soft)


def _within(text: str, start: int, until: int, soft: frozenset[int]) -> Iterator[Span]:
    for end in _END.finditer(text, start, until):
        if end.start() in soft or (end[0] == "," and _is_listed(text, start, end.end(), until)):
            continue
        yield from _piece(text, start, end.end())
        start = end.end()
    yield from _piece(text, start, until)


def _is_listed(text: str, start: int, end: int, until: int) -> bool:
    """Tell whether a comma stands in a list that one colon answers: "effusion, pneumothorax and edema: none"."""
    colon = text.find(":", end, until)
    return lexicon().is_bare_list(text[start:colon])


def one_line(text: str) -> tuple[str, tuple[int, ...]]:
    """Give a text with every run of white space as one blank, and the place of each of its characters in the text."""
    kept = [place for place, letter in enumerate(text) if not letter.isspace() or not text[place - 1 : place].isspace()]
    return "".join(" " if text[place].isspace() else text[place] for place in kept), tuple(kept)


def _soft_breaks(text: str) -> frozenset[int]:
    """Find the line breaks that only wrap a paragraph."""
    found: set[int] = set()
    for paragraph in re.finditer(r"(?:[^\n]*\S[^\n]*(?:\n|$))+", text):
        lines = [(m.start() + paragraph.start(), m[0]) for m in re.finditer(r"[^\n]+", paragraph[0])]
        widest = max((len(line.rstrip()) for _, line in lines), default=0)
        for (start, line), (_, following) in itertools.pairwise(lines):
            if not _is_own_line(line.rstrip(), following, widest):
                found.add(start + len(line))
    return frozenset(found)


def _is_own_line(line: str, following: str, widest: int) -> bool:
    """Tell a line that was begun on purpose from one that was wrapped.

    Who wraps leaves no room for the next word; a line that begins with a small letter goes on in any case.
    """
    if _ITEM.match(following):
        return True
    if line.rstrip("*_ \t").endswith(":"):
        return False
    word = _WORD.match(following)
    if word is None or not word[1][0].isupper():
        return False
    return widest < NARROWEST or len(line) + 1 + len(word[1]) <= widest


def _piece(text: str, start: int, end: int) -> Iterator[Span]:
    if text[start:end].strip(" .\n\t"):
        yield Span(text[start:end], start)
