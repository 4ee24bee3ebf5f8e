"""How many of a thing a sentence speaks of: nodules, fractures, tubes and lines."""

import re
from typing import NamedTuple

from overread.labeler.numbers import NUMBER_WORDS, number_of

_NOUNS = {
    "nodule": r"nodules?",
    "mass": r"mass(?:es)?",
    "lesion": r"lesions?",
    "fracture": r"fractures?",
    "chest tube": r"(?:chest|pleural|thoracostomy|pigtail) (?:tube|drain|catheter)s?",
    "central line": r"(?:central (?:venous )?|picc )(?:line|catheter)s?",
    "endotracheal tube": r"endo ?tracheal tubes?",
    "pacing lead": r"(?:pacing|pacemaker) (?:lead|wire)s?",
}
_MANY = r"multiple|several|numerous|many|innumerable|a few|few|various|scattered"
_ONE = r"an?|one|single|solitary|isolated|lone|sole"
_TWO = r"a pair of|both|couple of"
_LEAST = r"at least|more than|over|>=?"
_PHRASE = re.compile(
    rf"\b(?:(?P<least>{_LEAST})\s+)?(?:(?P<many>{_MANY})|(?P<two>{_TWO})|(?P<number>\d{{1,2}}|{NUMBER_WORDS})"
    rf"|(?P<the>the|this|that|these|those)|(?P<one>{_ONE}))\s+(?:(?!and\b|with\b|or\b|in\b|of\b)[\w-]+\s+){{0,4}}?"
    rf"(?:{'|'.join(f'(?P<n{i}>{noun})' for i, noun in enumerate(_NOUNS.values()))})\b",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"\b(?:{'|'.join(f'(?P<n{i}>{noun})' for i, noun in enumerate(_NOUNS.values()))})\b"
    r"(?P<single>,?\s+(?:single|solitary|isolated)\b)?",
    re.IGNORECASE,
)


class Count(NamedTuple):
    """A thing and how many of it there are at least and at most; None = no upper end."""

    noun: str
    least: int
    most: int | None


def counts(text: str) -> tuple[Count, ...]:
    """List the things that are counted in a text; what is only pointed back at ("the nodule") is not counted again."""
    found: list[Count] = []
    taken: list[tuple[int, int]] = []
    for match in _PHRASE.finditer(text):
        taken.append(match.span())
        if match["the"] is None:
            found.append(_count(match))
    for match in _BARE.finditer(text):
        if not any(start <= match.start() < end for start, end in taken):
            found.append(_bare(match))
    return tuple(found)


def _count(match: re.Match[str]) -> Count:
    noun = _noun(match)
    if match["many"]:
        return Count(noun, 2, None)
    number = 2 if match["two"] else 1 if match["one"] else number_of(match["number"])
    return Count(noun, number, None if match["least"] else number)


def _bare(match: re.Match[str]) -> Count:
    """Count a noun without a number: several in the plural, at least one in the singular."""
    noun = _noun(match)
    words = match[0].lower()
    if match["single"]:
        return Count(noun, 1, 1)
    return Count(noun, 2 if words.endswith("s") and not words.endswith("mass") else 1, None)


def _noun(match: re.Match[str]) -> str:
    names = tuple(_NOUNS)
    return next(names[index] for index in range(len(names)) if match[f"n{index}"])
