"""Read what a sentence says of a structure: a normal heart is no cardiomegaly, a blunted angle perhaps an effusion."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from overread.labeler.lexicon import Structure, lexicon
from overread.labeler.scope import Context, Status

_STOP = re.compile(
    r"[;:]|\b(?:but(?! (?:otherwise |grossly )?(?:clear|normal))|however|although|except|there (?:is|are)|while|with)"
    r"\b",
    re.IGNORECASE,
)
_COLON = re.compile(r"[*_\s]*:[*_]*")
"""Of an organ's heading what follows is said."""
_SHORT_GAP = re.compile(r"\s+(?:[\w-]+\s+){0,3}(?:of\s+(?:the\s+)?)?(?:[\w-]+\s+)?", re.IGNORECASE)


class Said(NamedTuple):
    """What follows for the labels of a structure."""

    labels: tuple[str, ...]
    status: Status
    start: int
    end: int


def said_of_structures(sentence: str, context: Context) -> Iterator[Said]:
    """Yield what the sentence says of each structure it names; silent when it names one without a judgement."""
    taken: list[tuple[int, int]] = []
    for structure in lexicon().structures:
        for mention in structure.mention.finditer(sentence):
            if any(mention.start() < end and start < mention.end() for start, end in taken):
                continue
            taken.append(mention.span())
            yield from _judged(structure, sentence, context, mention.start(), mention.end())


def _judged(structure: Structure, sentence: str, context: Context, start: int, end: int) -> Iterator[Said]:
    colon = _COLON.match(sentence, end)
    stop = _STOP.search(sentence, colon.end() if colon else end)
    until = stop.start() if stop else len(sentence)
    judgements = [
        (match, kind)
        for kind in ("borderline", "normal", "abnormal")
        for match in getattr(structure, kind).finditer(sentence, 0, until)
    ]
    ahead = [item for item in judgements if item[0].start() >= end]
    behind = [
        item for item in judgements if item[0].end() <= start and _SHORT_GAP.fullmatch(sentence, item[0].end(), start)
    ]
    chosen = max(behind, key=lambda item: item[0].end()) if behind else min(ahead, key=_first, default=None)
    if chosen is None:
        return
    match, kind = chosen
    span = (min(start, match.start()), max(end, match.end()))
    yield from _concluded(structure, kind, context.status(*match.span()), span)


def _first(item: tuple[re.Match[str], str]) -> int:
    return item[0].start()


def _concluded(structure: Structure, kind: str, polarity: Status | None, span: tuple[int, int]) -> Iterator[Said]:
    if polarity is None or (kind == "normal" and polarity != "present"):
        return
    if kind == "normal":
        yield Said(structure.normal_labels, "absent", *span)
    elif kind == "borderline":
        labels = structure.abnormal_labels or structure.normal_labels
        yield Said(labels, "absent" if polarity == "absent" else "uncertain", *span)
    elif structure.abnormal_labels or polarity == "absent":
        yield Said(structure.abnormal_labels, polarity, *span)
