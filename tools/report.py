"""A vision-language model's report of the image, sentence by sentence: claims, not truth."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from overread import labeler, prompting
from overread.errors import ToolOutputInvalid
from overread.ports import BackendCard, ChatRequest, Parts, Tool, ToolCard, ToolInput
from overread.reasoning.vocabulary import LABELS
from overread.records import Claim, Evidence
from overread.tools._evidence_builder import EvidenceBuilder
from overread.tools._frontal_tool import FrontalTool
from overread.tools._no_answer import no_answer
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
    version="2",
    describe="The sentences that a report model writes about the image, each a claim with what it asserts.",
    payloads=("claim",),
    labels=LABELS,
    sees=(),
)


class ReportTool(FrontalTool):
    """Asks for findings and impression in a schema, reads every sentence and labels it."""

    own_card = CARD

    def _model(self) -> BackendCard:
        return self._parts.chat(ROLE).card

    def run(self, work: ToolInput) -> Sequence[Evidence]:
        """Give a claim for each sentence of findings and impression, with the labels that it asserts.

        Of a report that refuses, thinks aloud, or changes its language anywhere, only what it states as present is
        kept, so that no critical result is lost; its negatives and its possibles are those of a text that is none.
        Raises `ToolError` on a blank picture, `ToolOutputInvalid` for such a report, for one without a sentence and
        for one that asserts nothing, `Unavailable` or `AnswerInvalid` when the model fails.
        """
        picture = picture_to_read(work)
        backend = self._parts.chat(ROLE)
        prompt = prompting.load(self._parts.prompt(ROLE))
        parameters = {"max_tokens": MAX_TOKENS, "temperature": 0.0}
        builder = EvidenceBuilder(CARD, work, backend.card, prompt=prompt.reference, parameters=parameters)
        answer = backend.ask(ChatRequest(prompt.render(), (picture,), schema=SCHEMA, max_tokens=MAX_TOKENS))
        claims = list(_claims(answer.data))
        faults = list(dict.fromkeys(fault for claim in claims if (fault := no_answer(claim.text))))
        if faults:
            work.keep(_unique(builder, _stated(claims)))
            raise ToolOutputInvalid(
                f"the report holds {' and '.join(faults)}; at most what it states as present is kept"
            )
        if not claims:
            raise ToolOutputInvalid("the report model wrote no sentence; the draft goes on without it")
        if not any(claim.assertions for claim in claims):
            raise ToolOutputInvalid("the report asserts nothing that can be read; the draft goes on without it")
        return _unique(builder, claims)


def build(parts: Parts) -> Tool:
    """Build the tool over the role `report`; its model loads at the first question."""
    return ReportTool(parts)


def _unique(builder: EvidenceBuilder, claims: Iterable[Claim]) -> list[Evidence]:
    """Make evidence of claims; a model that repeats itself has still said it once."""
    return list({item.id: item for item in map(builder.evidence, claims)}.values())


def _stated(claims: Iterable[Claim]) -> Iterator[Claim]:
    for claim in claims:
        stated = tuple(said for said in claim.assertions if said.status == "present" and said.label != "No Finding")
        if stated and no_answer(claim.text) is None:
            yield claim.model_copy(update={"assertions": stated})


def _claims(report: Mapping[str, Sequence[str]]) -> Iterator[Claim]:
    for section in SECTIONS:
        for text in report[section]:
            for sentence in labeler.sentences(text):
                if words := " ".join(sentence.text.split()):
                    yield Claim(text=words, section=section, assertions=labeler.assertions(words))
