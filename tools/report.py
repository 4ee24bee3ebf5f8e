"""A vision-language model's report of the image, sentence by sentence: claims, not truth."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from overread import labeler, prompting
from overread.errors import ToolOutputInvalid
from overread.ports import BackendCard, ChatRequest, Parts, Tool, ToolCard, ToolInput
from overread.reasoning.vocabulary import LABELS
from overread.records import Claim, Evidence
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._scope import picture_to_read

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


class ReportTool(FrontalTool):
    """Asks for findings and impression in a schema, and labels every sentence."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.chat(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a claim for each sentence of findings and impression, with the labels that it asserts.

        Raises `ToolError` on a blank picture, `ToolOutputInvalid` when there is no sentence, `Unavailable` or
        `AnswerInvalid` when the model fails.
        """
        picture = picture_to_read(work)
        backend = self._parts.chat(ROLE)
        prompt = prompting.load(ROLE)
        parameters = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
        builder = EvidenceBuilder(CARD, work, backend.card, prompt=prompt.reference, parameters=parameters)
        answer = backend.ask(ChatRequest(prompt.render(), (picture,), schema=SCHEMA, max_tokens=MAX_TOKENS))
        # A model that repeats itself has still said it once.
        claims = {item.id: item for item in map(builder.evidence, _claims(answer.data))}
        if not claims:
            raise ToolOutputInvalid("the report model wrote no sentence; the draft goes on without it")
        return list(claims.values())


def build(parts: Parts) -> Tool:
    """Build the tool over the role `report`; its model loads at the first question."""
    return ReportTool(parts)


def _claims(report: Mapping[str, Sequence[str]]) -> Iterator[Claim]:
    for section in SECTIONS:
        for text in report[section]:
            for sentence in labeler.sentences(text):
                if words := " ".join(sentence.text.split()):
                    yield Claim(text=words, section=section, assertions=labeler.assertions(words))
