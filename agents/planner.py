"""Choose the tools, the image they read and the questions for the VQA tool; rules only, no model is asked."""

import re
from collections.abc import Iterable, Mapping, Sequence

from overread.labeler import assertions
from overread.ports import Tool
from overread.protocol import Asked, Protocol
from overread.protocols.chest_radiograph import CHEST
from overread.reasoning.priors import comparable_priors
from overread.reasoning.question_scope import barred
from overread.reasoning.questions import ask_about
from overread.reasoning.vocabulary import TERMS
from overread.records import Case, ImageRef, Plan, Question

PRIOR = "prior"
NO_PRIOR = "no earlier study of this patient is at hand"
"""Why nothing is compared: the comparison section says so, and it is no limit of the draft."""
MISSING = "not part of this profile"
MOST_QUESTIONS = 8
_COMMAND = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|all|any|your)\b.{0,30}\b(?:instruction|rule|prompt|guideline)s?"
    r"|\b(?:system|developer) (?:prompt|message)\b|<\|\w+\|>|\[/?INST\]|^\s*(?:system|assistant)\s*:"
    r"|\byou are (?:now )?(?:an? )?(?:\w+ )?(?:ai|assistant|model|chatbot)\b|\bsign (?:this|the) report\b"
    r"|\b(?:report|say|answer|respond)\b (?:\w+ ){0,3}(?:as )?normal\b",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
"""What is written to a program rather than to a reader; it is only pointed out, since no model sees an order."""


def plan(
    case: Case,
    tools: Mapping[str, Tool],
    gate_notes: Sequence[str],
    image: ImageRef | None = None,
    protocol: Protocol = CHEST,
) -> Plan:
    """Plan the reading of `image`, else of the best frontal one by its header; each tool left out has its reason.

    Text of the order reaches no model: only the labels that it speaks of become questions, unless the protocol asks
    otherwise; what it asks is screened.
    """
    image = image or case.study.frontal or case.study.images[0]
    asked = _screened((protocol.questions or _asked)(case, tools))
    reasons = {name: _reason(case, image, tool, asked.questions) for name, tool in tools.items()}
    missing = {name: lost for name, lost in protocol.expected.items() if name not in tools}
    return Plan(
        image_sop_instance_uid=image.sop_instance_uid,
        image_frame=image.frame,
        tools=tuple(name for name, reason in reasons.items() if reason is None),
        skipped=(
            *((name, reason) for name, reason in reasons.items() if reason is not None),
            *((name, MISSING) for name in missing),
        ),
        questions=asked.questions if reasons.get("vqa", "") is None else (),
        notes=(
            *gate_notes,
            *protocol.limits,
            *(f"Without a {name} tool {lost}." for name, lost in missing.items()),
            *asked.notes,
        ),
        protocol=protocol.name,
    )


def _reason(case: Case, image: ImageRef, tool: Tool, questions: Sequence[Question]) -> str | None:
    """Say why a tool is not run, or None when it is."""
    refusal = tool.accepts(case.study)
    if refusal is not None:
        return refusal.detail
    card = tool.card  # asked once: a tool may look at its model's files to describe itself
    if image.view is not None and image.view not in card.views:
        return f"it reads {' and '.join(card.views)} views, the image is {image.view}"
    if card.name == PRIOR and not comparable_priors(case):
        return NO_PRIOR
    if card.name == "vqa" and not questions:
        return "there is nothing to ask"
    return None


def _asked(case: Case, tools: Mapping[str, Tool]) -> Asked:
    """Ask of labels alone, and say what of the order that leaves out."""
    return Asked(_questions(case, tools), tuple(_notes(case)))


def _screened(asked: Asked) -> Asked:
    """Keep back what is no question for a model, or may name a person, whichever protocol asks; the draft tells it."""
    kept = {question: barred(question.text) for question in asked.questions}
    return Asked(
        tuple(question for question, why in kept.items() if why is None),
        (*asked.notes, *(f"A question was put to no model. {why}" for why in kept.values() if why is not None)),
    )


def _questions(case: Case, tools: Mapping[str, Tool]) -> tuple[Question, ...]:
    """Ask for the critical labels, the most urgent first, then for what the order speaks of."""
    vqa = tools.get("vqa")
    if vqa is None:
        return ()
    critical = sorted((term for term in TERMS.values() if term.critical), key=lambda term: term.critical or 0)
    labels = dict.fromkeys((*(term.label for term in critical), *labels_of_order(case)))
    known = [label for label in labels if not vqa.card.labels or label in vqa.card.labels]
    return tuple(ask_about(label) for label in known[:MOST_QUESTIONS])


def labels_of_order(case: Case) -> tuple[str, ...]:
    """List the labels that the order's question and indication speak of, in that order."""
    texts = (case.order.question, case.order.indication)
    said = (assertion.label for text in texts if text for assertion in assertions(text))
    return tuple(dict.fromkeys(label for label in said if label != "No Finding"))


def _notes(case: Case) -> Iterable[str]:
    if case.order.question and not assertions(case.order.question):
        yield "The question of the order names nothing that the tools can assess; it was put to no model."
    if (apart := _apart(case)) is not None:
        yield apart
    if any(_COMMAND.search(text) for text in (case.order.question, case.order.indication) if text):
        yield "The order holds words that read like instructions to a program; they were shown to no model."


def _apart(case: Case) -> str | None:
    """Point out that what is asked is about something else than why; both are looked for."""
    asked, why = (
        tuple(dict.fromkeys(said.label for said in assertions(text) if said.label != "No Finding")) if text else ()
        for text in (case.order.question or case.order.requested_procedure, case.order.indication)
    )
    if not asked or not why or set(asked) & set(why):
        return None
    return "The order asks about something else than its indication speaks of: confirm what is wanted."
