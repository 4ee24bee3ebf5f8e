"""The questions that are put to a VQA tool, one wording each, so that a question asked before is recognised.

A question that is to settle a conflict is asked with probes (`probes_of`): the same otherwise, whose answers show
whether the model answers the picture or says yes to everything. Their answers are bound to no label, and never vote.
"""

from typing import Literal, NamedTuple

from overread.reasoning.vocabulary import term
from overread.records import Laterality, Question

COUNTABLE = ("lung opacity", "lung nodule or mass", "pneumothorax", "pleural effusion", "fracture", "support device")
"""Nouns that take an article."""
NORMAL = Question(text="Is this film normal?")
CONTROL = Question(text="Is this a chest radiograph?")
"""The gate has let the picture through: a model that says no to it says no to everything."""
Negation = Literal["normal", "literal"]
ProbeKind = Literal["paraphrase", "whole", "opposite", "left", "right", "normal", "negated", "control"]
_OPPOSITE: dict[str, Laterality] = {"left": "right", "right": "left"}


class Probe(NamedTuple):
    """The same asked otherwise, and how."""

    kind: ProbeKind
    question: Question


def ask_about(label: str, laterality: Laterality | None = None) -> Question:
    """Ask whether a label is there, on one side when a side is given; raise `UsageError` on an unknown label."""
    known = term(label)
    side = laterality if known.sided and laterality in ("left", "right") else None
    phrase = f"{side} {known.noun}" if side else known.noun
    return Question(text=f"Is there {_article(known.noun)}{phrase}?", label=label, laterality=side)


def ask_side(label: str) -> Question:
    """Ask on which side a label is."""
    return Question(text=f"On which side is the {term(label).noun}?", label=label)


def probes_of(question: Question, negation: Negation = "normal") -> tuple[Probe, ...]:
    """List what shows whether the answer to a question means something, the most telling first; none without a label.

    The wordings are among those that the embedded model was taught. It reads "Is there no effusion?" as "Is there an
    effusion?" (416 of 420 on phantoms), so the opposite of a finding is asked as "Is this film normal?"; a model that
    reads negations is asked by `literal`.
    """
    if question.label is None:
        return ()
    found = [_negated(question, negation), *_by_side(question), Probe("control", CONTROL)]
    if question.laterality is None:
        found.insert(1, _unbound("paraphrase", f"Does this film show {_named(question)}?"))
    return tuple(found)


def _negated(question: Question, negation: Negation) -> Probe:
    if negation == "normal":
        return Probe("normal", NORMAL)
    return _unbound("negated", f"Is there no {_phrase(question)}?")


def _by_side(question: Question) -> list[Probe]:
    label = question.label or ""
    if question.laterality in _OPPOSITE:
        opposite = ask_about(label, _OPPOSITE[question.laterality])
        return [_unbound("opposite", opposite.text), _unbound("whole", f"Does this film show {_whole(label)}?")]
    if not term(label).sided:
        return []
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    return [_unbound(side, ask_about(label, side).text) for side in sides]


def _unbound(kind: ProbeKind, text: str) -> Probe:
    return Probe(kind, Question(text=text))


def _phrase(question: Question) -> str:
    noun = term(question.label or "").noun
    return f"{question.laterality} {noun}" if question.laterality else noun


def _named(question: Question) -> str:
    return f"{_article(term(question.label or '').noun)}{_phrase(question)}"


def _whole(label: str) -> str:
    noun = term(label).noun
    return f"{_article(noun)}{noun}"


def _article(noun: str) -> str:
    return "a " if noun in COUNTABLE else ""
