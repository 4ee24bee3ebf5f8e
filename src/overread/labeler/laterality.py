"""Bind side words to the mention they belong to."""

import re
from typing import NamedTuple

from overread.labeler.lexicon import lexicon
from overread.records import Laterality

_ON_A_SIDE = re.compile(
    r"\b(?:on|in|at|within|of|along|over|overlying|involving|near|to)\s+(?:the\s+|both\s+)?$|\(\s*$",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"\s*(?:and|or|/|,|>|(?:is\s+)?(?:greater|more|larger|less)(?:\s+prominent)?(?:\s+than)?)\s*(?:the\s+|moderate\s+|small\s+|large\s+|trace\s+)*",
    re.IGNORECASE,
)
_MORE = re.compile(r"\s*(?:>|(?:is\s+)?(?:greater|more|larger|less)\b)", re.IGNORECASE)
_BARE = re.compile(r"(?:\s+(?!and\b|or\b|with\b)[\w-]+){0,3}\s+")


_AWAY = re.compile(
    r"\b(?:shift\w*|deviat\w+|displac\w+|rotat\w+)\b[^.;]*\b(?:to|towards?)\s+(?:the\s+)?$", re.IGNORECASE
)
"""Where something was moved to is not where a finding is."""
_PLAIN_JOINT = re.compile(r"\s*(?:/|and|or|versus|vs\.?)\s*", re.IGNORECASE)
_ITS_ANSWER = re.compile(r"\s*:")


class Word(NamedTuple):
    """One side word of a sentence."""

    side: Laterality
    start: int
    end: int


def side_words(sentence: str) -> tuple[Word, ...]:
    """Find the side words of a sentence, in order."""
    found = lexicon().sides.finditer(sentence)
    return tuple(
        Word(_side(match.lastgroup), match.start(), match.end())
        for match in found
        if not _AWAY.search(sentence, 0, match.start())
    )


def sides(
    sentence: str, words: tuple[Word, ...], spans: tuple[tuple[int, int], ...], breaks: tuple[int, ...]
) -> tuple[Laterality | None, ...]:
    """Give each span of a sentence its side of these words, or None; `breaks` are where a new statement starts.

    A side before a mention belongs to it (`right effusion`), a side after a preposition to the mention before
    (`effusion on the right`); a list shares the side of its first item (`left basilar atelectasis and effusion`).
    """
    if not words:
        return (None,) * len(spans)
    owned: list[set[Laterality]] = [set() for _ in spans]
    for index, word in enumerate(words):
        owner = _owner(sentence, spans, breaks, words, index)
        if owner is not None:
            owned[owner].add(word.side)
    found = [merged(group) for group in owned]
    for index in range(1, len(spans)):
        if found[index] is None and _shares(sentence, spans[index - 1][1], spans[index][0]):
            found[index] = found[index - 1]
    for index in range(len(spans) - 1, 0, -1):
        joined = _PLAIN_JOINT.fullmatch(sentence, spans[index - 1][1], spans[index][0])
        if found[index - 1] is None and joined and all(word.start >= spans[index][1] for word in words):
            found[index - 1] = found[index]
    return tuple(found)


def _owner(
    sentence: str, spans: tuple[tuple[int, int], ...], breaks: tuple[int, ...], words: tuple[Word, ...], index: int
) -> int | None:
    """Give the mention that a side word belongs to."""
    word = words[index]
    inside = [n for n, (start, end) in enumerate(spans) if start <= word.start < end]
    if inside:
        return inside[0]
    before = [
        n
        for n, (_, end) in enumerate(spans)
        if end <= word.start and (_ITS_ANSWER.match(sentence, end) or not _broken(breaks, end, word.start))
    ]
    after = [n for n, (start, _) in enumerate(spans) if start >= word.end and not _broken(breaks, word.end, start)]
    paired = index + 1 < len(words) and _JOINED.fullmatch(sentence, word.end, words[index + 1].start)
    if paired and not _ON_A_SIDE.search(sentence[: word.start]) and not before:
        return _owner(sentence, spans, breaks, words, index + 1)
    if before and (not after or _points_back(sentence, words, index, spans[after[0]][0])):
        return before[-1]
    if not after and _ON_A_SIDE.search(sentence[: word.start]):
        after = [n for n, (start, _) in enumerate(spans) if start >= word.end]
    return after[0] if after else None


def _points_back(sentence: str, words: tuple[Word, ...], index: int, following: int) -> bool:
    """Tell whether a preposition or a comparison hangs the side word, or the one joined to it, on what is before."""
    word = words[index]
    if _ON_A_SIDE.search(sentence[: word.start]) or _MORE.match(sentence, word.end):
        return True
    if index == 0 or _BARE.fullmatch(sentence, word.end, following):
        return False
    earlier = words[index - 1]
    return bool(_JOINED.fullmatch(sentence, earlier.end, word.start)) and _points_back(
        sentence, words, index - 1, following
    )


def _broken(breaks: tuple[int, ...], start: int, end: int) -> bool:
    return any(start <= place < end for place in breaks)


def _shares(sentence: str, start: int, end: int) -> bool:
    gap = sentence[start:end]
    return bool(gap.strip()) and lexicon().shared_side.fullmatch(gap) is not None


def merged(group: set[Laterality]) -> Laterality | None:
    """Give one side for several; None for none."""
    if not group:
        return None
    return next(iter(group)) if len(group) == 1 else "bilateral"


def _side(name: str | None) -> Laterality:
    if name == "left":
        return "left"
    return "right" if name == "right" else "bilateral"
