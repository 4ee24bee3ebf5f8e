"""Where a sentence was heard in two ways: sides and negations that two hearings do not share, and what sounds like one.

The second hearing is told no terms: where both agree, neither the sound nor what was expected spoke alone. It does not
find what both hear wrong alike.
"""

import re
from difflib import SequenceMatcher

from overread.dictation.watched import WATCHED

ALIKE = re.compile(r"\b(writes?|wright|rite|know|knot|nun|by lateral(ly)?|buy lateral(ly)?)\b", re.IGNORECASE)
"""Homophones of sides and negations: no report means them."""
WORD = re.compile(r"[A-Za-z0-9'-]+")
Span = tuple[int, int]


def doubted(text: str, otherwise: str) -> list[Span]:
    """Give the places of `text`, begin and end, that a person must look at; `otherwise` is the other hearing.

    A word that only the other hearing has is doubted at the words of `text` around the place where it would stand.
    """
    spans = [match.span() for match in ALIKE.finditer(text)]
    mine, other = list(WORD.finditer(text)), [match.group().lower() for match in WORD.finditer(otherwise)]
    matcher = SequenceMatcher(a=[match.group().lower() for match in mine], b=other, autojunk=False)
    for kind, first, end, second, stop in matcher.get_opcodes():
        turned = WATCHED.search(" ".join([*(match.group() for match in mine[first:end]), *other[second:stop]]))
        if kind != "equal" and turned and mine:
            around = mine[first:end] or mine[max(0, first - 1) : first + 1]
            spans.append((around[0].start(), around[-1].end()))
    return _joined(spans)


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
