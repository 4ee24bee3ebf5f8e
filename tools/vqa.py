"""A vision-language model's answers to single questions about the image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from overread import prompting, weights
from overread.errors import Unavailable
from overread.ports import BackendCard, ChatBackend, ChatRequest, Parts, Picture, Tool, ToolCard, ToolInput
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Evidence, Question, Region
from overread.tools._answer_reading import laterality_of, status_of
from overread.tools._boxes import SCHEMA as BOX_SCHEMA
from overread.tools._boxes import box_question, placed_labels, region_of
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._scope import picture_to_read

ROLE = "vqa"
MAX_TOKENS = 48
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string", "minLength": 1, "maxLength": 80}},
    "required": ["answer"],
    "additionalProperties": False,
}
CARD = ToolCard(
    name="vqa",
    version="1",
    describe="Answers to questions about the image, from the plan, the adjudicator or a person.",
    payloads=("answer",),
    labels=LABELS,
)


class VqaTool(FrontalTool):
    """Asks one question at a time; an answer speaks of a label only when the question was bound to one."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.chat(ROLE).card

    def _described(self, model: BackendCard) -> ToolCard:
        return replace(super()._described(model), labels=measured_labels(model))

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give an answer to each question, and nothing where none is asked.

        An answer about a label that the model was not measured for gives its words only; one that says present has a
        region where the model's boxes are worth showing. Raises `ToolError` on a blank picture, `Unavailable` or
        `AnswerInvalid` when the model fails.
        """
        if not work.questions:
            return []
        picture = picture_to_read(work)
        backend = self._parts.chat(ROLE)
        known = measured_labels(backend.card)
        return [_answer(backend, work, picture, question, known) for question in work.questions]


def build(parts: Parts) -> Tool:
    """Build the tool over the role `vqa`; its model loads at the first question."""
    return VqaTool(parts)


def measured_labels(model: BackendCard) -> tuple[str, ...]:
    """List the labels that the model's card has VQA figures for; all of them for a model without such a card.

    A model answers yes or no to whatever it is asked; about a label it never learnt that is no answer.
    """
    try:
        described = weights.beside(weights.folder(model.model), "card.json") or {}
    except Unavailable:
        return LABELS
    tables = [(described.get(key) or {}).get(ROLE) or {} for key in ("trust", "trust_phantom")]
    return tuple(label for label in LABELS if any(label in table for table in tables)) or LABELS


def _answer(
    backend: ChatBackend, work: ToolInput, picture: Picture, question: Question, known: Sequence[str]
) -> Evidence:
    prompt = prompting.load(ROLE)
    parameters = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
    builder = EvidenceBuilder(CARD, work, backend.card, prompt=prompt.reference, parameters=parameters)
    request = ChatRequest(prompt.render(question=question.text), (picture,), schema=SCHEMA, max_tokens=MAX_TOKENS)
    words = str(backend.ask(request).data["answer"]).strip()
    if question.label is not None and question.label not in known:
        return builder.evidence(Answer(question=question.text, answer=words))
    answer = Answer(
        question=question.text,
        answer=words,
        label=question.label,
        status=status_of(question, words),
        laterality=laterality_of(question, words),
    )
    return builder.evidence(answer, _place(backend, work, picture, answer))


def _place(backend: ChatBackend, work: ToolInput, picture: Picture, answer: Answer) -> Region | None:
    """Ask where a finding is that the model has just called present; None where its boxes are not worth showing."""
    label = answer.label
    if label is None or answer.status != "present":
        return None
    if label not in placed_labels(backend.card, synthetic=work.study.synthetic):
        return None
    text = prompting.load(ROLE).render(question=box_question(label))
    said = backend.ask(ChatRequest(text, (picture,), schema=BOX_SCHEMA, max_tokens=MAX_TOKENS))
    return region_of(str(said.data["answer"]), picture)
