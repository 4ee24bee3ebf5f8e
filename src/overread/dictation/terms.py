"""The words that a recogniser should expect: terms of the draft and the order, and none that could turn a sentence."""

import re
from collections.abc import Iterable

from overread.dictation.watched import WATCHED
from overread.records import CaseFile

USUAL = (
    "pneumothorax", "pleural effusion", "consolidation", "atelectasis", "cardiomegaly", "costophrenic angle",
    "hemidiaphragm", "hilum", "pneumomediastinum", "endotracheal tube", "edema", "emphysema", "opacities",
)  # fmt: skip
MOST_CHARACTERS = 600
"""About 150 tokens of the 223 that Whisper reads as what came before."""
WORD = re.compile(r"[A-Za-z][A-Za-z-]{4,}")


def terms_of(file: CaseFile) -> str:
    """Give the terms for a case in one line.

    Sides and negations are left out: a recogniser that has read "no pneumothorax" hears it where there was a doubt.
    """
    order = file.case.order
    texts = [statement.text for statement in file.draft.statements] if file.draft else []
    texts += [text for text in (order.indication, order.question) if text]
    return f"Chest radiograph dictation: {', '.join(_within(_of(texts)))}."


def _of(texts: Iterable[str]) -> Iterable[str]:
    found = [word.lower() for text in texts for word in WORD.findall(text)]
    return dict.fromkeys([*USUAL, *(word for word in found if not WATCHED.search(word))])


def _within(words: Iterable[str]) -> Iterable[str]:
    left = MOST_CHARACTERS
    for word in words:
        left -= len(word) + 2
        if left < 0:
            return
        yield word
