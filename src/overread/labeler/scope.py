"""Decide whether a mention is present, absent or uncertain from the cues around it.

ConText (Harkema 2009) with what chest radiograph reports need: a negation reaches along a list ("no pneumothorax,
effusion or consolidation"), stops where a new statement starts, and some cues stand behind what they change.
"""

import re
from typing import Literal, NamedTuple

from overread.labeler.ellipsis import ellipses
from overread.labeler.lexicon import lexicon

Status = Literal["present", "absent", "uncertain"]

_LIST_GOES_ON = re.compile(r",?\s(?:or|nor)\s", re.IGNORECASE)
_NEW_ITEM = re.compile(r",|\band\b", re.IGNORECASE)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|remains?|shows?)\b", re.IGNORECASE)
_ASIDE = re.compile(r",\s*(?:previously|formerly|seen|noted|described|known)\b[^,;]*,", re.IGNORECASE)
_WITH = re.compile(r"\bwith\b", re.IGNORECASE)
_PLURAL = re.compile(r"(?:are|were|have|cannot|can not|can't|could not|may not)\b", re.IGNORECASE)
_ADJECTIVES = re.compile(r"(?:[\w-]+\s+){0,2}")
_ENDED = r"(?:resol(?:ved?|ution|ving)|clear(?:ed|ance|ing)|disappear(?:ed|ance)|remov(?:ed|al))\b"
_DENIED_END = re.compile(
    r"\b(?:no (?:\w+ )?(?:evidence|indication|sign|suggestion|proof)s? "
    rf"(?:that (?:(?!\band\b|\bbut\b)[^,;])*?\b{_ENDED}|(?:of|for) (?:\w+ ){{0,2}}{_ENDED})"
    rf"|(?:not|never) (?:\w+ ){{0,3}}{_ENDED})",
    re.IGNORECASE,
)
"""That something has ended is denied: it is still there."""
_ANSWERED = re.compile(
    r"(?P<asked>[^:?;]*?)\s*(?:[:?=]|\s[-\u2013\u2014]\s)\s*(?:(?:all|both|is|are)\s+)*"
    r"(?:(?P<no>(?:no|none|nil|neg|negative|absent|not(?= seen| present| identified))(?: (?:seen|present|identified))?"
    r"|removed|resolved|cleared)"
    r"|(?P<doubt>uncertain|possible|possibly|equivocal|indeterminate|unclear)|yes|present|positive)\W*$",
    re.IGNORECASE,
)
"""A form's line: what is asked, a colon, a dash or a question mark, and one word."""
_QUERIED = re.compile(r"\?\s*(?:[\w-]+\s+){0,3}")
"""A question mark in front: what follows is asked."""
_TAKEN_OUT = re.compile(r"remov|withdrawn|discontinued", re.IGNORECASE)
_REMOVED = re.compile(r"remov", re.IGNORECASE)
_GONE = re.compile(r"remov|resol", re.IGNORECASE)
_ITEM_END = re.compile(r"[,:;(]|\bwith\b", re.IGNORECASE)
_BETWEEN_ITEMS = re.compile(r",|\(|\b(?:and|with|or|nor|following|after|status post|s/p|since)\b|/", re.IGNORECASE)
_JOINING = frozenset(("or", "nor", "/"))


class Judgement(NamedTuple):
    """How a sentence holds a mention, and the rule that says so: the kind of cue and its words."""

    status: Status | None
    rule: str


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
        self.ellipses = ellipses(sentence)
        """What is said of a side alone; its cues reach nothing else."""
        self._before = self._cues(words.cues)
        self._after = self._cues(words.after)
        self._ends = [m.start() for m in words.terminators.finditer(sentence)]
        self._breaks = [m.start() for m in words.restarts.finditer(sentence)]
        self._side_breaks = [m.start() for m in words.side_restarts.finditer(sentence)]
        self._still_there = [match.span() for match in _DENIED_END.finditer(sentence)]
        self._answer = _ANSWERED.match(sentence)
        self._asked = _asked_from(self._answer["asked"]) if self._answer else 0

    def _cues(self, of: re.Pattern[str]) -> list[Cue]:
        found = [Cue(match.lastgroup or "", *match.span()) for match in of.finditer(self._sentence)]
        return [cue for cue in found if not any(one.start < cue.end and cue.start < one.end for one in self.ellipses)]

    @property
    def breaks(self) -> tuple[int, ...]:
        """Where a new statement starts."""
        return tuple(sorted((*self._ends, *self._breaks)))

    def judge(self, start: int, end: int, *, device: bool = False) -> Judgement:
        """Say how the sentence holds the span; no status when it asserts nothing of it (history, a plan).

        A device after a negated item is a statement of its own, and a part of it that is not seen leaves it there.
        """
        before = [cue for cue in self._before if cue.end <= start and self._reaches(cue, start)]
        after = [cue for cue in self._after if cue.start >= end and self._reaches_back(cue, end)]
        before, after = self._that_end(before), self._that_end(after)
        if device:
            before, after = self._of_device(before, start, end), self._of_device_behind(after, start, end)
        else:
            # Devices are removed, findings are not: "pneumothorax after chest tube removal".
            after = [cue for cue in after if not _TAKEN_OUT.search(self._sentence, cue.start, cue.end)]
        if self._answer is not None and start >= self._asked:
            status: Status = "absent" if self._answer["no"] else "uncertain" if self._answer["doubt"] else "present"
            return Judgement(status, "answer")
        judged = self._judged(before, after)
        if judged.status is not None and self._is_asked(end):
            return Judgement("uncertain", "question")
        if judged.status == "present" and self._is_queried(start):
            return Judgement("uncertain", "question")
        return judged

    def status(self, start: int, end: int) -> Status | None:
        """Say how the sentence holds the span, without the rule."""
        return self.judge(start, end).status

    def _judged(self, before: list[Cue], after: list[Cue]) -> Judgement:
        """Take history before doubt behind, that before a negation, and a negation before a doubt ahead."""
        last = {cue.kind: cue for cue in (*before, *after)}
        if self._is_over(before):
            last.pop("no_assertion_before", None)
        for kind in ("no_assertion_before", "no_assertion_after"):
            if kind in last:
                return Judgement(None, self._named(last[kind]))
        if "uncertainty_after" in last:
            return Judgement("uncertain", self._named(last["uncertainty_after"]))
        negation = last.get("negation_after") or (last.get("negation_before") if self._negated(before) else None)
        if negation is not None:
            return Judgement("absent", self._named(negation))
        if "uncertainty_before" in last:
            return Judgement("uncertain", self._named(last["uncertainty_before"]))
        return Judgement("present", "mention")

    def _is_over(self, before: list[Cue]) -> bool:
        """Tell whether a negation after a history begins to say what is seen: "s/p fall, no fracture"."""
        told = [cue.end for cue in before if cue.kind == "no_assertion_before"]
        return any(cue.kind == "negation_before" and told and cue.start >= told[-1] for cue in before)

    def _is_asked(self, end: int) -> bool:
        """Tell whether a question mark follows in the same item."""
        mark = self._sentence.find("?", end)
        return mark >= 0 and _ITEM_END.search(self._sentence, end, mark) is None

    def _is_queried(self, start: int) -> bool:
        mark = self._sentence.rfind("?", 0, start)
        return mark >= 0 and _QUERIED.fullmatch(self._sentence, mark, start) is not None

    def _named(self, cue: Cue) -> str:
        return f"{cue.kind.replace('_', ' ')}: {self._sentence[cue.start : cue.end].lower()}"

    def _that_end(self, cues: list[Cue]) -> list[Cue]:
        """Leave out what denies an end, and the end itself: neither says that the thing is gone."""
        return [
            cue
            for cue in cues
            if not cue.kind.startswith("negation")
            or not any(start <= cue.start < end for start, end in self._still_there)
        ]

    def _of_device(self, before: list[Cue], start: int, end: int) -> list[Cue]:
        """Keep the cues ahead that are about a device as a whole, and not about an item of a list before it."""
        part = self._is_part(start, end)
        return [
            cue
            for cue in before
            if not (cue.kind == "negation_before" and (part or self._is_own_statement(cue, start)))
            and not (cue.kind == "no_assertion_before" and self._tells_of_placing(cue))
        ]

    def _is_gone(self, cue: Cue) -> bool:
        return _GONE.search(self._sentence, cue.start, cue.end) is not None

    def _tells_of_placing(self, cue: Cue) -> bool:
        return lexicon().placed.fullmatch(self._sentence, cue.start, cue.end) is not None

    def _of_device_behind(self, after: list[Cue], start: int, end: int) -> list[Cue]:
        if not self._is_part(start, end):
            return after
        return [cue for cue in after if cue.kind not in ("negation_after", "no_assertion_after")]

    def _is_part(self, start: int, end: int) -> bool:
        """Tell whether a tip, an end or a position of the device is meant."""
        words = lexicon()
        ahead = any(match.end() == start for match in words.part_of.finditer(self._sentence, 0, start))
        own = words.part.search(self._sentence, start, end) is not None
        return ahead or own or words.its_part.match(self._sentence, end) is not None

    def _is_own_statement(self, cue: Cue, start: int) -> bool:
        """Tell whether a comma, a bracket, "and" or "with" stands last between a negation and a device."""
        gap = self._sentence[cue.end : start]
        joints = list(_BETWEEN_ITEMS.finditer(gap))
        if (
            not joints
            or joints[-1][0].lower() in _JOINING
            or lexicon().devices.search(gap)
            or _REMOVED.match(self._sentence, cue.start)
        ):
            return False
        return joints[-1][0] != "," or not self._is_one_list(cue.end + joints[-1].start())

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
        # "No consolidation to suggest pneumonia" doubts nothing: it says what the negated thing would mean.
        doubts = [cue for cue in before if cue.kind == "uncertainty_before" and not self._is_purpose(cue)]
        if not negations:
            return False
        last = negations[-1]
        return not any(
            cue.start >= last.end and _NEW_ITEM.search(self._sentence, last.end, cue.start) for cue in doubts
        )

    def _is_purpose(self, cue: Cue) -> bool:
        return self._sentence[max(0, cue.start - 3) : cue.start].lower() == "to "

    def _reaches(self, cue: Cue, start: int) -> bool:
        if cue.kind == "pseudo" or any(cue.end <= place < start for place in self._ends):
            return False
        if cue.kind == "no_assertion_before" and _WITH.search(self._sentence, cue.end, start):
            return False
        # What was removed or has resolved may be a list of things on either side.
        sided = () if self._is_gone(cue) else self._side_breaks
        stops = sorted(place for place in (*self._breaks, *sided) if cue.end <= place < start)
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


def _asked_from(asked: str) -> int:
    """Give where what an answer is about begins: after the last comma, unless all is a list of what is asked."""
    return 0 if lexicon().is_bare_list(asked) else asked.rfind(",") + 1
