"""How much of a finding there is, in the words of reports: 1 small, 2 moderate, 3 large."""

import re
from typing import NamedTuple

_GRADES = (
    (1, r"small|tiny|trace|minimal|minimally|minor|slight|slightly|mild|mildly|subtle|little|minute|minuscule"),
    (2, r"moderate|moderately|medium|intermediate"),
    (3, r"large|massive|extensive|big|severe|severely|marked|markedly|gross|huge|sizeable|sizable"),
)
_WORD = re.compile("|".join(rf"(?P<g{grade}>\b(?:{words})\b)" for grade, words in _GRADES), re.IGNORECASE)
_OF_OTHER = re.compile(
    r"\s+(?:degenerative|scolio\w+|kypho\w+|rotation|atherosclero\w+|osteo\w+|bore|lung volumes?)", re.IGNORECASE
)
"""What is graded there is no finding of the vocabulary."""


class Grades(NamedTuple):
    """From the least to the most that words allow, 1 to 3; "small to moderate" is 1 to 2."""

    least: int
    most: int


def grades(text: str) -> Grades | None:
    """Give the size or severity that words name; None where they name none."""
    found = [
        int((match.lastgroup or "g0")[1:]) for match in _WORD.finditer(text) if not _OF_OTHER.match(text, match.end())
    ]
    return Grades(min(found), max(found)) if found else None
