"""Faults of the code that composes the draft: what the verifier is there for.

No scenario can make sound code compose a wrong sentence. So one sentence is made wrong behind the composer's back, in
each round again, and it is asked whether it reaches the person who signs.
"""

import re
from collections.abc import Callable, Mapping

from overread.graphs import _draft_nodes as nodes
from overread.graphs._context import Context
from overread.graphs._state import CaseState
from overread.records import DraftReport, Section, Statement, content_digest

Spoil = Callable[[Statement], Statement | None]
"""Makes a sentence wrong; None where it does not apply."""
SPOILT: tuple[Section, ...] = ("findings", "impression")


def _other_side(one: Statement) -> Statement | None:
    sides = {"left": "right", "right": "left"}
    text = re.sub(r"\b(left|right)\b", lambda found: sides[found.group(0)], one.text)
    return _worded(one, text) if text != one.text else None


def _denied(one: Statement) -> Statement | None:
    text = re.sub(r"^There is (?:a |an )?", "No ", one.text)
    return _worded(one, text) if text != one.text else None


def _invented_number(one: Statement) -> Statement | None:
    return _worded(one, f"{one.text.rstrip('.')}, measuring 37 mm.") if one.text.startswith("There is") else None


def _invented_change(one: Statement) -> Statement | None:
    return _worded(one, f"{one.text.rstrip('.')}, unchanged since 2019.") if one.text.startswith("There is") else None


def _uncited(one: Statement) -> Statement | None:
    return one.model_copy(update={"citations": ()}) if one.text.startswith("There is") else None


def _of_unknown_evidence(one: Statement) -> Statement | None:
    cited = ("e-000000000000",)
    return one.model_copy(update={"citations": cited}) if one.text.startswith("There is") else None


def _worded(one: Statement, text: str) -> Statement:
    return one.model_copy(update={"text": text, "id": f"s-{content_digest([one.id, text])}"})


SPOILS: Mapping[str, Spoil] = {
    "the other side": _other_side,
    "denied instead": _denied,
    "a number that nobody measured": _invented_number,
    "a change without an earlier picture": _invented_change,
    "no citation": _uncited,
    "a citation of nothing": _of_unknown_evidence,
}


def spoilt(draft: DraftReport, spoil: Spoil) -> tuple[DraftReport, Statement | None]:
    """Make the first sentence of findings or impression wrong that can be; give it too, None where none can."""
    for section in SPOILT:
        statements = draft.sections.get(section, ())
        for place, one in enumerate(statements):
            wrong = spoil(one)
            if wrong is not None:
                changed = (*statements[:place], wrong, *statements[place + 1 :])
                return draft.model_copy(update={"sections": {**draft.sections, section: changed}}), wrong
    return draft, None


def spoiling_node(spoil: Spoil, made: list[Statement]) -> Callable[[CaseState, Context], CaseState]:
    """Give a node that drafts as the real one does and spoils what it wrote; `made` gets each wrong sentence."""

    def draft(state: CaseState, runtime: Context) -> CaseState:
        written = nodes.draft(state, runtime)
        changed, wrong = spoilt(DraftReport.model_validate(written["draft"]), spoil)
        if wrong is not None:
            made.append(wrong)
        return {**written, "draft": changed.model_dump(mode="json")}

    return draft
