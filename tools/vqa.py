"""A vision-language model's answers to single questions about the image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from overread import prompting, weights
from overread.errors import AnswerInvalid, BackendError, ToolOutputInvalid, Unavailable
from overread.ports import BackendCard, ChatBackend, ChatRequest, Parts, Picture, Tool, ToolCard, ToolInput
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Evidence, Question
from overread.tools._answer_reading import read_answer
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
    version="2",
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
        region where the model's boxes are worth showing. A question without an answer that can be read costs itself
        alone: the others are asked and kept. Raises `ToolError` on a blank picture, `Unavailable` when the model is
        gone, and in the end `ToolOutputInvalid` that says what was wrong with which answers.
        """
        if not work.questions:
            return []
        asking = _Asking(self._parts.chat(ROLE), work, picture_to_read(work))
        wrong: list[str] = []
        for question in work.questions:
            try:
                asking.ask(question)
            except AnswerInvalid as error:
                # One of many: the next question may well be answered.
                wrong.append(f"{question.label or 'a question of no label'}: {error}")
        if wrong:
            raise ToolOutputInvalid(
                f"{len(wrong)} of {len(work.questions)} answers cannot be used ({'; '.join(wrong)})"
            )
        return asking.answered


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


class _Asking:
    """Asks one question after the other about a picture; what was answered is kept at each step."""

    def __init__(self, backend: ChatBackend, work: ToolInput, picture: Picture) -> None:
        self.answered: list[Evidence] = []
        self._backend = backend
        self._work = work
        self._picture = picture
        self._prompt = prompting.load(ROLE)
        self._known = measured_labels(backend.card)

    def ask(self, question: Question) -> None:
        """Ask, read and keep; raise `AnswerInvalid` for what cannot be read, `Unavailable` without a model."""
        builder = self._builder()
        words = self._words(question.text, SCHEMA)
        reading = read_answer(question, words)
        if question.label is not None and question.label not in self._known:
            self._keep(builder.evidence(Answer(question=question.text, answer=words)))
            return
        answer = Answer(
            question=question.text,
            answer=words,
            label=question.label,
            status=reading.status,
            laterality=reading.laterality,
        )
        # The answer is safe before its place is asked for: that question may hang, fail, or end in nothing.
        self._keep(builder.evidence(answer))
        if self._is_placed(answer):
            self.answered[-1] = self._placed(builder, answer)
            self._work.keep(self.answered)

    def _builder(self) -> EvidenceBuilder:
        parameters = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
        card = self._backend.card
        return EvidenceBuilder(CARD, self._work, card, prompt=self._prompt.reference, parameters=parameters)

    def _words(self, text: str, schema: Mapping[str, Any]) -> str:
        request = ChatRequest(
            self._prompt.render(question=text), (self._picture,), schema=schema, max_tokens=MAX_TOKENS
        )
        return str(self._backend.ask(request).data["answer"]).strip()

    def _keep(self, evidence: Evidence) -> None:
        self.answered.append(evidence)
        self._work.keep(self.answered)

    def _is_placed(self, answer: Answer) -> bool:
        """Say whether the model has just called a finding present whose boxes are worth showing."""
        if answer.label is None or answer.status != "present":
            return False
        return answer.label in placed_labels(self._backend.card, synthetic=self._work.study.synthetic)

    def _placed(self, builder: EvidenceBuilder, answer: Answer) -> Evidence:
        """Ask where the finding is; a model that fails at this has still answered, and only the place is missing."""
        try:
            region = region_of(self._words(box_question(answer.label or ""), BOX_SCHEMA), self._picture)
        except BackendError as error:
            return builder.evidence(answer, parameters={"box": f"failed: {type(error).__name__}"})
        return builder.evidence(answer, region)
