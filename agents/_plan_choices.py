"""The set that a language model may choose from when it plans, computed for this study, order and budget.

Required, and so in no list: every tool that can see something critical, the segmentation that gives findings their
side, and the questions about critical labels and about what the order's question names. What is told of the case is
closed as well: the view, child or adult, the priority, and the labels that the labeler found in the order; no word that
a person wrote.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from overread import prompting
from overread.agents.planner import MOST_QUESTIONS, labels_of_order
from overread.labeler import assertions
from overread.ports import ChatRequest, Tool
from overread.reasoning.vocabulary import TERMS
from overread.records import Case, Plan

CRITICAL = frozenset(label for label, term in TERMS.items() if term.critical)
SPEAKING = frozenset({"score", "claim", "answer", "box"})
"""Kinds of evidence that can tell of something critical."""
ADULT_YEARS = 18
Because = Literal["asked", "urgent", "related", "unneeded", "usual"]
REASONS: Mapping[str, str] = {
    "asked": "the order asks about it",
    "urgent": "what is urgent comes first",
    "related": "it often comes with what the order asks about",
    "unneeded": "it would add nothing to this study",
    "usual": "the usual order fits",
}
"""A reason is one of these, never the model's own words: those could say something of the patient."""
TOKENS = 160


@dataclass(frozen=True)
class Choices:
    """What may be chosen; everything else is as the rules planned it."""

    view: str
    age: str
    priority: str
    asked: tuple[str, ...]
    tools: tuple[str, ...]
    """Planned tools, of which some may come first."""
    optional_tools: tuple[str, ...]
    optional_questions: tuple[str, ...]
    """Labels whose planned question may be left out."""
    further: tuple[str, ...]
    """Labels that may be asked about beside those planned."""
    room: int
    """Most questions beside those planned."""

    @property
    def optional(self) -> tuple[str, ...]:
        """Name everything that may be left out: tools, and labels of questions."""
        return (*self.optional_tools, *self.optional_questions)

    def request(self) -> ChatRequest:
        """Ask for a choice."""
        prompt = prompting.load("planner").render(
            view=self.view,
            age=self.age,
            priority=self.priority,
            asked=self.asked,
            tools=self.tools,
            optional=self.optional,
            questions=self.further,
            room=self.room,
            reasons=tuple(REASONS),
        )
        return ChatRequest(prompt, schema=self._schema(), max_tokens=TOKENS)

    def _schema(self) -> dict[str, Any]:
        parts = {
            "first": _some(self.tools, len(self.tools)),
            "leave_out": _some(self.optional, len(self.optional)),
            "ask": _some(self.further, self.room),
            "because": {"enum": list(REASONS)},
        }
        return {"type": "object", "properties": parts, "required": list(parts), "additionalProperties": False}


def choices_of(case: Case, ruled: Plan, tools: Mapping[str, Tool]) -> Choices | None:
    """Compute what a model may change of the rules' plan; None where there is nothing to choose."""
    image = case.study.image(ruled.image_sop_instance_uid, ruled.image_frame)
    planned = [question.label for question in ruled.questions if question.label]
    required = CRITICAL | {each.label for each in assertions(case.order.question or "")}
    further = _further(tools, ruled, planned)
    room = min(MOST_QUESTIONS - len(planned), len(further))
    optional_tools = tuple(name for name in ruled.tools if name in tools and _is_optional(tools[name]))
    if not ruled.tools:
        return None
    return Choices(
        view=(image.view if image else None) or "frontal",
        age=_age(case.study.age_years),
        priority=case.order.priority,
        asked=labels_of_order(case),
        tools=ruled.tools,
        optional_tools=optional_tools,
        optional_questions=tuple(label for label in planned if label not in required),
        further=further if room > 0 else (),
        room=max(room, 0),
    )


def _further(tools: Mapping[str, Tool], ruled: Plan, planned: list[str]) -> tuple[str, ...]:
    vqa = tools.get("vqa")
    if vqa is None or "vqa" not in ruled.tools:
        return ()
    known = vqa.card.labels or tuple(TERMS)
    return tuple(label for label in known if label in TERMS and label not in planned and label != "No Finding")


def _is_optional(tool: Tool) -> bool:
    card = tool.card
    if card.name == "segmentation":
        return False
    speaks = not SPEAKING.isdisjoint(card.payloads)
    return not (speaks and (not card.labels or not CRITICAL.isdisjoint(card.labels)))


def _age(years: float | None) -> str:
    if years is None:
        return "age not known"
    return "adult" if years >= ADULT_YEARS else "child"


def _some(names: tuple[str, ...], most: int) -> dict[str, Any]:
    if not names or most <= 0:
        return {"type": "array", "maxItems": 0}
    return {"type": "array", "items": {"enum": list(names)}, "maxItems": most}
