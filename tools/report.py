"""A vision-language model's report of the image, sentence by sentence: claims, not truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from overread import labeler, prompting
from overread.errors import BackendError, ToolOutputInvalid
from overread.ports import ChatRequest, Parts, Tool, ToolCard, ToolInput
from overread.records import Claim, Evidence, Refusal, Study
from overread.tools._look import Look, model_name
from overread.tools._scope import not_frontal, picture_to_read
from overread.vocabulary import LABELS

ROLE = "report"
SECTIONS: tuple[Literal["findings", "impression"], ...] = ("findings", "impression")
MAX_TOKENS = 320
SENTENCES = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 240}, "maxItems": 16}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"findings": {**SENTENCES, "minItems": 1}, "impression": SENTENCES},
    "required": ["findings", "impression"],
    "additionalProperties": False,
}
CARD = ToolCard(
    name="report",
    version="1",
    describe="The sentences that a report model writes about the image, each a claim with what it asserts.",
    payloads=("claim",),
    labels=LABELS,
)


class ReportTool:
    """Asks for findings and impression in a schema, and labels every sentence."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def card(self) -> ToolCard:
        try:
            model = self._parts.chat(ROLE).card
        except BackendError:
            return CARD
        return replace(CARD, model=model_name(model), weights_digest=model.weights_digest)

    def accepts(self, study: Study) -> Refusal | None:
        return not_frontal(study)

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        picture = picture_to_read(work)
        backend = self._parts.chat(ROLE)
        prompt = prompting.load(ROLE)
        parameters = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
        look = Look(CARD, work, backend.card, prompt=prompt.reference, parameters=parameters)
        answer = backend.ask(ChatRequest(prompt.render(), (picture,), schema=SCHEMA, max_tokens=MAX_TOKENS))
        # A model that repeats itself has still said it once.
        claims = {item.id: item for item in map(look.evidence, _claims(answer.data))}
        if not claims:
            raise ToolOutputInvalid("the report model wrote no sentence; the draft goes on without it")
        return list(claims.values())


def build(parts: Parts) -> Tool:
    return ReportTool(parts)


def _claims(report: Mapping[str, Sequence[str]]) -> Iterator[Claim]:
    for section in SECTIONS:
        for text in report[section]:
            for sentence in labeler.sentences(text):
                if words := " ".join(sentence.text.split()):
                    yield Claim(text=words, section=section, assertions=labeler.assertions(words))
