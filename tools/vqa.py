"""A vision-language model's answers to single questions about the image."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from overread import prompting, weights
from overread.asking import ask_all
from overread.errors import AnswerInvalid, BackendError, ToolOutputInvalid, Unavailable
from overread.ports import (
    BackendCard,
    ChatAnswer,
    ChatBackend,
    ChatRequest,
    Parts,
    Picture,
    Tool,
    ToolCard,
    ToolInput,
)
from overread.reasoning.vocabulary import LABELS
from overread.records import Answer, Evidence, Question, Region
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
    sees=("questions",),
)


class VqaTool(FrontalTool):
    """Asks all questions together; an answer speaks of a label only when the question was bound to one."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.chat(ROLE).card

    def _described(self, model: BackendCard) -> ToolCard:
        return replace(super()._described(model), labels=measured_labels(model))

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give an answer to each question, and nothing where none is asked.

        An answer about a label that the model was not measured for gives its words only; one that says present has a
        region where the model's boxes are worth showing. A question without an answer that can be read costs itself
        alone: the others are kept. Raises `ToolError` on a blank picture, `Unavailable` when the model is
        gone, and in the end `ToolOutputInvalid` that says what was wrong with which answers.
        """
        if not work.questions:
            return []
        asking = _Asking(self._parts.chat(ROLE), work, picture_to_read(work), self._parts.prompt(ROLE))
        wrong = asking.ask(work.questions)
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
    """Asks all questions about a picture together, then all places; what was answered is kept at each step."""

    def __init__(self, backend: ChatBackend, work: ToolInput, picture: Picture, prompt: str = ROLE) -> None:
        self._backend = backend
        self._work = work
        self._picture = picture
        self._prompt = prompting.load(prompt)
        self._known = measured_labels(backend.card)
        asked = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
        self._builder = EvidenceBuilder(CARD, work, backend.card, prompt=self._prompt.reference, parameters=asked)
        self._answers: dict[int, tuple[Answer, Evidence]] = {}

    @property
    def answered(self) -> list[Evidence]:
        """Give what was answered so far, in the order of the questions."""
        return [evidence for _, (_, evidence) in sorted(self._answers.items(), key=lambda item: item[0])]

    def ask(self, questions: Sequence[Question]) -> list[str]:
        """Ask, read and keep, and say which answers cannot be read and why; raise `Unavailable` without a model."""
        wrong: dict[int, str] = {}
        gone: Unavailable | None = None
        for place, said in self._said([question.text for question in questions], SCHEMA):
            question = questions[place]
            try:
                self._keep(place, self._read(question, _words(said)))
            except AnswerInvalid as error:
                # One of many: another question may well be answered.
                wrong[place] = f"{question.label or 'a question of no label'}: {error}"
            except Unavailable as error:
                gone = gone or error
        if gone is not None:
            raise gone
        self._ask_places()
        return [reason for _, reason in sorted(wrong.items())]

    def _read(self, question: Question, words: str) -> Answer:
        reading = read_answer(question, words)
        if question.label is not None and question.label not in self._known:
            return Answer(question=question.text, answer=words)
        return Answer(
            question=question.text,
            answer=words,
            label=question.label,
            status=reading.status,
            laterality=reading.laterality,
        )

    def _ask_places(self) -> None:
        """Ask where the findings are; a model that fails at this has still answered, and only the place is missing."""
        placed = [(place, answer) for place, (answer, _) in sorted(self._answers.items()) if self._is_placed(answer)]
        texts = [box_question(answer.label or "") for _, answer in placed]
        for index, said in self._said(texts, BOX_SCHEMA):
            place, answer = placed[index]
            if isinstance(said, BackendError):
                self._keep(place, answer, parameters={"box": f"failed: {type(said).__name__}"})
            else:
                self._keep(place, answer, region_of(_words(said), self._picture))

    def _is_placed(self, answer: Answer) -> bool:
        """Say whether the model has just called a finding present whose boxes are worth showing."""
        if answer.label is None or answer.status != "present":
            return False
        return answer.label in placed_labels(self._backend.card, synthetic=self._work.study.synthetic)

    def _said(self, texts: Sequence[str], schema: Mapping[str, Any]) -> Iterator[tuple[int, ChatAnswer | BackendError]]:
        prompts = [self._prompt.render(question=text) for text in texts]
        return ask_all(
            self._backend,
            [ChatRequest(prompt, (self._picture,), schema=schema, max_tokens=MAX_TOKENS) for prompt in prompts],
        )

    def _keep(
        self, place: int, answer: Answer, region: Region | None = None, parameters: Mapping[str, str] | None = None
    ) -> None:
        self._answers[place] = (answer, self._builder.evidence(answer, region, parameters))
        self._work.keep(self.answered)


def _words(said: ChatAnswer | BackendError) -> str:
    if isinstance(said, BackendError):
        raise said
    return str(said.data["answer"]).strip()
