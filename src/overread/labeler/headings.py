"""Find a report's headings, written as people write them: composed, misspelt, bold, on a line of their own or not.

A heading is known by its words. What was seen stands under findings, impression and their like and under the names of
organs; history, technique and comparison say what was asked and done. Of a heading that nobody knows, what stands under
it counts unless findings follow, for then it is a preamble.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Literal, NamedTuple

Kind = Literal["seen", "organ", "left out", "unknown"]

SEEN = frozenset(
    {"finding", "findings", "impression", "impressions", "conclusion", "conclusions", "opinion", "interpretation"}
    | {"summary", "result", "results", "assessment"}
)
CONCLUDING = frozenset(
    {"impression", "impressions", "conclusion", "conclusions", "opinion", "summary", "assessment", "interpretation"}
)
LEFT_OUT = frozenset(
    {"indication", "indications", "history", "hx", "hpi", "pmh", "cc", "rfe", "clinical", "reason", "complaint"}
    | {"symptoms", "technique", "comparison", "comparisons", "compared", "procedure", "examination", "exam", "study"}
    | {"views", "view", "recommendation", "recommendations", "limitations", "limitation", "ordering", "diagnosis"}
    | {"information", "question", "referral", "protocol", "contrast", "priors", "prior", "dose", "request", "requested"}
)
ORGANS = frozenset(
    {"chest", "lungs", "lung", "heart", "pleura", "pleural", "bones", "bone", "mediastinum", "airways", "airway"}
    | {"lines", "tubes", "devices", "silhouette", "abdomen", "osseous", "tissues", "vasculature", "vascularity"}
    | {"diaphragm", "diaphragms", "hila", "hilum", "cardiac", "cardiomediastinal", "skeleton", "thorax", "ribs"}
    | {"trachea", "structures", "spaces", "other", "report", "musculoskeletal", "miscellaneous"}
)
_ALWAYS_OUT = frozenset({"history", "indication", "indications", "hx", "clinical", "reason", "technique", "comparison"})
"""Words that decide beside the name of an organ: a clinical history of the chest is a history."""
_LONG = tuple(sorted(word for word in SEEN | LEFT_OUT if len(word) > 6))
_MARKS = r"[*_#>\s]*"
_BEGIN = r"(?:^|\n|(?<=[.!?*])[ \t]+)"
_HEADING = re.compile(
    rf"{_BEGIN}{_MARKS}(?P<name>[A-Za-z][A-Za-z /&,()-]{{1,60}}?)\s*(?:\*\*|__)?\s*:(?:\*\*|__)?(?=[\s*A-Za-z]|$)"
)
_OWN_LINE = re.compile(r"(?:^|\n)[*_#>\s]*(?P<name>[A-Za-z][A-Za-z /&()-]{1,50}?)[*_ \t]*(?=\n|$)")
_BARE = re.compile(
    r"(?:(?:final|preliminary|wet|chest|radiology|x-?ray|clinical) )*"
    r"(?:findings?|impressions?|conclusions?|report|read|history|indications?|technique|comparisons?|interpretation"
    r"|findings (?:and|&) impression|findings/impression)",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_BODY = re.compile(r"\S")
_SENTENCE = frozenset(("is", "are", "was", "were", "has", "have", "there", "shows", "show", "following", "see", "no"))
"""Words of a sentence that happens to end in a colon."""
_OF_FINDINGS = frozenset(
    {"finding", "findings", "and", "impression", "impressions", "chest", "the", "report", "radiology", "radiographic"}
    | {"examination", "exam", "x", "ray", "xray", "final", "pa", "ap", "lateral", "frontal"}
)
CLOSE = 0.84
"""Similarity (Ratcliff and Obershelp) of a misspelt word to a heading's: one letter wrong in seven, or missing."""
_WORD = re.compile(r"[a-z]+")


class Heading(NamedTuple):
    """A heading, and where its name begins and what stands under it."""

    kind: Kind
    opens: bool
    """Names the findings as such: what stands before it is a preamble."""
    concludes: bool
    """Names the impression alone."""
    start: int
    end: int


class Part(NamedTuple):
    """A stretch of a report that says what was seen."""

    start: int
    end: int


def seen_parts(text: str) -> Iterator[Part]:
    """Yield the parts of a report that say what was seen; an organ's or unknown heading is part of what it says.

    A history, technique or comparison ends at the next heading, or at a blank line after it has begun. Before a heading
    of findings only an impression and its like count.
    """
    headings = _headings(text)
    opening = next((number for number, heading in enumerate(headings) if heading.opens), -1)
    ends = [*(heading.start for heading in headings), len(text)]
    if opening < 0:
        yield Part(0, ends[0])
    for number, heading in enumerate(headings):
        until = ends[number + 1]
        if heading.kind == "seen":
            yield Part(heading.end, until)
        elif number < opening:
            continue
        elif heading.kind == "left out":
            yield from _after_blank_line(text, heading.end, until)
        else:
            yield Part(heading.start, until)


def concluding_parts(text: str) -> Iterator[Part]:
    """Yield the parts of a report that stand under an impression, a conclusion and the like, without findings."""
    headings = _headings(text)
    ends = [*(heading.start for heading in headings[1:]), len(text)][: len(headings)]
    return (Part(heading.end, end) for heading, end in zip(headings, ends, strict=True) if heading.concludes)


def _after_blank_line(text: str, start: int, until: int) -> Iterator[Part]:
    body = _BODY.search(text, start, until)
    blank = _BLANK_LINE.search(text, body.start(), until) if body else None
    if blank is not None:
        yield Part(blank.end(), until)


def _headings(text: str) -> list[Heading]:
    found = {match.start("name"): match for match in _HEADING.finditer(text) if _is_heading(text, match)}
    alone = (match for match in _OWN_LINE.finditer(text) if _BARE.fullmatch(match["name"].strip()))
    found = {**{match.start("name"): match for match in alone}, **found}
    return [
        Heading(kind_of(match["name"]), _opens(match["name"]), _concludes(match["name"]), place, match.end())
        for place, match in sorted(found.items())
    ]


def _is_heading(text: str, match: re.Match[str]) -> bool:
    """Take a name within a line for a heading only where it is known."""
    if _SENTENCE & frozenset(match["name"].lower().split()):
        return False
    before = text[: match.start("name")].rstrip(" \t*_#>")
    return not before or before.endswith("\n") or kind_of(match["name"]) in ("seen", "left out")


@cache
def kind_of(name: str) -> Kind:
    """Say what stands under a heading of this name."""
    words = _corrected(name)
    if words & SEEN:
        return "seen"
    if words & _ALWAYS_OUT:
        return "left out"
    if words & ORGANS:
        return "organ"
    return "left out" if words & LEFT_OUT else "unknown"


def _opens(name: str) -> bool:
    words = _corrected(name)
    return bool(words & {"finding", "findings"}) and words <= _OF_FINDINGS


def _concludes(name: str) -> bool:
    words = _corrected(name)
    return bool(words & CONCLUDING) and not words & {"finding", "findings", "result", "results"}


def _corrected(name: str) -> frozenset[str]:
    """Give the words of a name, those that a heading is known by in their right spelling."""
    return frozenset(_right_spelling(word) for word in _WORD.findall(name.lower()))


def _right_spelling(word: str) -> str:
    if len(word) < 6 or word in SEEN | LEFT_OUT | ORGANS:
        return word
    return next(iter(get_close_matches(word, _LONG, 1, CLOSE)), word)
