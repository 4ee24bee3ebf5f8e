"""Read what an answer to a question says of the label that the question is bound to; what cannot be read is a failure.

Nothing is guessed: words that neither say yes or no, nor confess doubt, nor assert the label, answer nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from overread import labeler
from overread.errors import AnswerInvalid
from overread.records import Assertion, Laterality, Question, Status
from overread.tools._answer_words import AFFIRMED, BULLET, DENIALS, DENIED, DOUBT, FILLER, OPEN, SIDES, WHICH_SIDE
from overread.tools._no_answer import INABILITY, no_answer

_TOKEN = re.compile(r"[a-z]+(?:[-'][a-z]+)*")


@dataclass(frozen=True)
class Reading:
    """What an answer says of its question's label; no status where it names a side only or the question has none."""

    status: Status | None = None
    laterality: Laterality | None = None


def read_answer(question: Question, answer: str) -> Reading:
    """Read an answer in a word or a sentence.

    Raises `AnswerInvalid`, which names the kind, for a refusal, a thought, markup, another language, the question
    itself, an answer about another label, one that contradicts itself, and one that says neither yes, no nor doubt.
    A side in answer to "on which side" accepts the finding without having looked for it: it has no status.
    """
    words = " ".join(answer.split()).strip("\"'“”‘’ ")
    fault = "markup" if BULLET.search(words) else no_answer(words)
    fault = fault or ("a refusal" if INABILITY.search(words) else None)
    if fault or not words:
        raise AnswerInvalid(f"it is {fault or 'empty'}")
    if words.endswith("?"):
        raise AnswerInvalid("it is a question")
    if question.label is None:
        return Reading()
    said = labeler.assertions(words)
    own = [one for one in said if one.label == question.label]
    if OPEN.search(question.text.strip()):
        return _place(question, words.lower(), said, own)
    return _closed(question, words.lower(), said, own)


def _closed(question: Question, words: str, said: Sequence[Assertion], own: Sequence[Assertion]) -> Reading:
    """Read yes, no, a doubt, or a sentence about the label."""
    opening = re.match(r"(?:yes|no)\b", words)
    if own:
        return _of_assertions(question, opening[0] if opening else None, own)
    if said:
        raise AnswerInvalid("it speaks of another finding")
    status = _plain(words, opening[0] if opening else None)
    return Reading(status, _side_in(words) or question.laterality)


def _of_assertions(question: Question, opening: str | None, own: Sequence[Assertion]) -> Reading:
    """Prefer what is there to what may be there, and that to what is not; never a negative beside a positive."""
    found = {one.status for one in own}
    status = next(one for one in ("present", "uncertain", "absent") if one in found)
    if (opening == "yes" and status == "absent") or (opening == "no" and status == "present"):
        raise AnswerInvalid("it contradicts itself")
    sides = {one.laterality for one in own if one.status == status and one.laterality}
    side: Laterality | None = sides.pop() if len(sides) == 1 else "bilateral" if sides else None
    return Reading(status, side or question.laterality)


def _plain(words: str, opening: str | None) -> Status:
    tokens = _TOKEN.findall(words)
    if opening is not None:
        rest = tokens[1:]
        allowed = FILLER | DENIALS if opening == "no" else FILLER
        if set(rest) <= allowed and not (opening == "no" and "yes" in rest):
            return "uncertain" if DOUBT.search(words) else "present" if opening == "yes" else "absent"
        raise AnswerInvalid("it contradicts itself" if DENIALS & set(rest) else "it answers something else")
    if DOUBT.search(words) and set(_TOKEN.findall(DOUBT.sub(" ", words))) <= FILLER:
        return "uncertain"
    if DENIED.match(words) and set(tokens) <= FILLER | DENIALS:
        return "absent"
    if AFFIRMED.match(words) and set(tokens) <= FILLER:
        return "present"
    raise AnswerInvalid("it says neither yes nor no")


def _place(question: Question, words: str, said: Sequence[Assertion], own: Sequence[Assertion]) -> Reading:
    """Read where, which or how: a side, or that there is nothing; other words stay words."""
    if own and all(one.status == "absent" for one in own):
        return Reading("absent")
    aimed = WHICH_SIDE.search(question.text) is not None
    if aimed and said and not own:
        raise AnswerInvalid("it speaks of another finding")
    tokens = set(_TOKEN.findall(words))
    if not own and re.match(r"(?:none|neither|no)\b", words) and tokens <= FILLER | DENIALS:
        return Reading("absent")
    side = _side_in(words)
    if aimed and side is None and not DOUBT.search(words):
        raise AnswerInvalid("it names no side")
    return Reading(None, side)


def _side_in(words: str) -> Laterality | None:
    return next((side for pattern, side in SIDES if pattern.search(words)), None)
