"""The questions that are put to a VQA tool, one wording each, so that a question asked before is recognised."""

from overread.reasoning.vocabulary import term
from overread.records import Laterality, Question

COUNTABLE = ("lung opacity", "lung nodule or mass", "pneumothorax", "pleural effusion", "fracture", "support device")
"""Nouns that take an article."""


def ask_about(label: str, laterality: Laterality | None = None) -> Question:
    """Ask whether a label is there, on one side when a side is given; raise `UsageError` on an unknown label."""
    known = term(label)
    side = laterality if known.sided and laterality in ("left", "right") else None
    phrase = f"{side} {known.noun}" if side else known.noun
    article = "a " if known.noun in COUNTABLE else ""
    return Question(text=f"Is there {article}{phrase}?", label=label, laterality=side)


def ask_side(label: str) -> Question:
    """Ask on which side a label is."""
    return Question(text=f"On which side is the {term(label).noun}?", label=label)
