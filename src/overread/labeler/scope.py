"""Decide whether a mention is present, absent or uncertain from the cues around it.

ConText (Harkema 2009) with what chest radiograph reports need: a negation reaches along a list ("no pneumothorax,
effusion or consolidation"), stops where a new statement starts, and some cues stand behind what they change.
"""

import re
from typing import Literal, NamedTuple

from overread.labeler.lexicon import lexicon

Status = Literal["present", "absent", "uncertain"]

_LIST_GOES_ON = re.compile(r",?\s(?:or|nor)\s", re.IGNORECASE)
_NEW_ITEM = re.compile(r",|\band\b", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|remains?|shows?)\b", re.IGNORECASE)
_ASIDE = re.compile(r",\s*(?:previously|formerly|seen|noted|described|known)\b[^,;]*,", re.IGNORECASE)
_WITH = re.compile(r"\bwith\b", re.IGNORECASE)
_PLURAL = re.compile(r"(?:are|were|have)\b", re.IGNORECASE)
_ADJECTIVES = re.compile(r"(?:[\w-]+\s+){0,2}")


class Cue(NamedTuple):
    """One word or phrase that changes what a mention says."""

    kind: str
    start: int
    end: int


class Context:
    """The cues of one sentence, and what they say of a span in it."""

    def __init__(self, sentence: str) -> None:
        words = lexicon()
        self._sentence = sentence
        self._before = [Cue(m.lastgroup or "", m.start(), m.end()) for m in words.cues.finditer(sentence)]
        self._after = [Cue(m.lastgroup or "", m.start(), m.end()) for m in words.after.finditer(sentence)]
        self._ends = [m.start() for m in words.terminators.finditer(sentence)]
        self._restarts = [m.start() for m in words.restarts.finditer(sentence)]

    @property
    def breaks(self) -> tuple[int, ...]:
        """Where a new statement starts."""
        return tuple(sorted((*self._ends, *self._restarts)))

    def status(self, start: int, end: int) -> Status | None:
        """Say how the sentence holds the span; None when it asserts nothing of it (history, a question, a plan)."""
        before = [cue for cue in self._before if cue.end <= start and self._reaches(cue, start)]
        after = [cue for cue in self._after if cue.start >= end and self._reaches_back(cue, end)]
        kinds = {cue.kind for cue in before}
        if "no_assertion_before" in kinds or any(cue.kind == "no_assertion_after" for cue in after):
            return None
        if any(cue.kind == "uncertainty_after" for cue in after):
            return "uncertain"
        if self._negated(before) or any(cue.kind == "negation_after" for cue in after):
            return "absent"
        return "uncertain" if "uncertainty_before" in kinds else "present"

    def either_or(self, first: tuple[int, int], second: tuple[int, int]) -> bool:
        """Tell whether two neighbouring spans are two readings of one shadow ("atelectasis versus pneumonia")."""
        words = lexicon()
        joint = words.alternatives.match(self._sentence, first[1])
        if joint is None or not _ADJECTIVES.fullmatch(self._sentence, joint.end(), second[0]):
            return False
        if any(cue.kind == "pseudo" and cue.end <= first[0] for cue in self._before):
            return False
        return not any(words.not_an_alternative.fullmatch(self._sentence, *span) for span in (first, second))

    def _negated(self, before: list[Cue]) -> bool:
        """Tell whether a negation holds: a later doubt undoes it only in a new list item."""
        negations = [cue for cue in before if cue.kind == "negation_before"]
        doubts = [cue for cue in before if cue.kind == "uncertainty_before"]
        if not negations:
            return False
        last = negations[-1]
        return not any(
            cue.start >= last.end and _NEW_ITEM.search(self._sentence, last.end, cue.start) for cue in doubts
        )

    def _reaches(self, cue: Cue, start: int) -> bool:
        if cue.kind == "pseudo" or any(cue.end <= place < start for place in self._ends):
            return False
        if cue.kind == "no_assertion_before" and _WITH.search(self._sentence, cue.end, start):
            return False
        stops = [place for place in self._restarts if cue.end <= place < start]
        if not stops:
            return cue.kind != "uncertainty_before" or not self._item_ended(cue, start)
        return cue.kind == "negation_before" and self._is_one_list(stops[-1])

    def _is_one_list(self, place: int) -> bool:
        """Tell whether a comma is inside a list that still waits for its `or`."""
        until = next((end for end in self._ends if end > place), len(self._sentence))
        return self._sentence[place] == "," and _LIST_GOES_ON.search(self._sentence, place, until) is not None

    def _item_ended(self, cue: Cue, start: int) -> bool:
        """Tell whether a doubt was about an earlier item; `may represent` and its like reach along a list."""
        gap = self._sentence[cue.end : start]
        if " " in self._sentence[cue.start : cue.end].strip():
            return False
        return _NEW_ITEM.search(gap) is not None

    def _reaches_back(self, cue: Cue, end: int) -> bool:
        aside = _ASIDE.match(self._sentence, end)
        end = aside.end() if aside and aside.end() <= cue.start else end
        if any(end <= place < cue.start for place in self._ends) or _VERB.search(self._sentence, end, cue.start):
            return False
        if _PLURAL.match(self._sentence, cue.start):
            return True
        return _NEW_ITEM.search(self._sentence, end, cue.start) is None
