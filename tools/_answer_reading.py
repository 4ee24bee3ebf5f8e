"""Read what a VQA answer says about the label that its question is bound to."""

import re

from overread.records import Laterality, Question, Status

OPEN = re.compile(r"^(on |in |at )?(which|what|where|how|who|when|why)\b", re.IGNORECASE)
UNSURE = re.compile(r"\b(cannot|can't|could not|unable|unsure|unclear|uncertain|indeterminate|equivocal|possibly)\b")
DENIAL = re.compile(r"(none|neither|no)\b")
SIDES: tuple[tuple[re.Pattern[str], Laterality], ...] = (
    (re.compile(r"\b(both|bilateral|bilaterally)\b|\bleft\b.*\bright\b|\bright\b.*\bleft\b"), "bilateral"),
    (re.compile(r"\bleft\b"), "left"),
    (re.compile(r"\bright\b"), "right"),
)


def status_of(question: Question, answer: str) -> Status | None:
    """Give the label's status from yes, no or a confession of doubt; None when the answer is none of these.

    A side given to "on which side" accepts the finding without having looked for it, so it says nothing of its
    presence; "none" denies it.
    """
    if question.label is None:
        return None
    words = answer.strip().lower()
    if OPEN.match(question.text.strip()):
        return "absent" if DENIAL.match(words) else None
    if UNSURE.search(words):
        return "uncertain"
    if re.match(r"yes\b", words):
        return "present"
    if re.match(r"no\b", words):
        return "absent"
    return None


def laterality_of(question: Question, answer: str) -> Laterality | None:
    """Give the side that was asked about when the answer is yes or no, else the side that the answer names."""
    if question.label is None:
        return None
    if status_of(question, answer) is not None and question.laterality is not None:
        return question.laterality
    words = answer.lower()
    return next((side for pattern, side in SIDES if pattern.search(words)), None)
