"""Let a language model choose within the rules' plan: what runs first, what may be left out, what more is asked.

The rules plan before any model is asked, and their plan stands wherever the answer is late, off schema, or outside what
code allowed (`_plan_choices`). What was changed, and the reason out of a closed list, are kept in the plan.
"""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from overread import prompting
from overread.agents._plan_choices import REASONS, Because, Choices, choices_of
from overread.errors import OverreadError
from overread.ports import ChatAnswer
from overread.reasoning.questions import ask_about
from overread.records import Plan

__all__ = ["Choices", "choices_of", "chosen"]


class PlanChoice(BaseModel):
    """What a model chose; a name that comes twice counts once."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: tuple[str, ...]
    leave_out: tuple[str, ...]
    ask: tuple[str, ...]
    because: Because


def chosen(ruled: Plan, choices: Choices, model: str, said: ChatAnswer | OverreadError) -> Plan:
    """Apply a model's choice to the rules' plan, or keep that with a note that says why the choice was refused."""
    if isinstance(said, OverreadError):
        return _refused(ruled, model, str(said))
    choice = _parsed(said.data)
    outside = "the answer is outside the schema" if choice is None else _outside(choices, choice)
    if choice is None or outside:
        return _refused(ruled, model, outside or "")
    left = frozenset(choice.leave_out)
    asked = tuple(dict.fromkeys(choice.ask))
    tools = tuple(dict.fromkeys((*choice.first, *ruled.tools)))
    kept = [question for question in ruled.questions if question.label not in left]
    return ruled.model_copy(
        update={
            "tools": tuple(name for name in tools if name not in left),
            "skipped": (*ruled.skipped, *((name, _why(choice, model)) for name in ruled.tools if name in left)),
            "questions": (*kept, *(ask_about(label) for label in asked)),
            "planner": f"rules+{model}",
            "reasons": tuple(_told(choice, model)),
            "prompt": prompting.load("planner").reference,
        }
    )


def _parsed(data: Any) -> PlanChoice | None:
    try:
        return PlanChoice.model_validate(data)
    except ValidationError:
        return None


def _outside(choices: Choices, choice: PlanChoice) -> str:
    """Name the first thing that code did not offer, whatever the schema allowed; empty when there is none."""
    offered = (
        (choice.first, choices.tools, "would run"),
        (choice.leave_out, choices.optional, "would leave out"),
        (choice.ask, choices.further, "would ask about"),
    )
    for given, allowed, what in offered:
        if wrong := [name for name in given if name not in allowed]:
            named = wrong[0] if wrong[0] in (*choices.tools, *choices.further, *choices.asked) else "something unknown"
            return f"it {what} {named}, which it was not offered"
    if len(set(choice.ask)) > choices.room:
        return f"it would ask {len(set(choice.ask))} more questions, and there is room for {choices.room}"
    return ""


def _refused(ruled: Plan, model: str, why: str) -> Plan:
    note = f"The plan of {model} was refused, the rules' stands: {why}."
    return ruled.model_copy(update={"reasons": (note,), "prompt": prompting.load("planner").reference})


def _why(choice: PlanChoice, model: str) -> str:
    return f"{model} left it out: {REASONS[choice.because]}"


def _told(choice: PlanChoice, model: str) -> Iterator[str]:
    """Say what was changed, each with the reason."""
    because = REASONS[choice.because]
    changes = (("runs first", choice.first), ("left out", choice.leave_out), ("also asked about", choice.ask))
    for what, names in changes:
        if names:
            yield f"{model}: {what}: {', '.join(dict.fromkeys(names))}; {because}."
    if not any(names for _, names in changes):
        yield f"{model}: changed nothing; {because}."
