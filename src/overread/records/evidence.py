"""What a tool saw: a payload, where it saw it, and how it came about."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from overread.records._record import Record, content_digest
from overread.records.comparison import Change, Growth, Registration
from overread.records.locator import Locator
from overread.records.study import Laterality

Status = Literal["present", "absent", "uncertain", "not_assessed"]
Scalar = str | int | float | bool | None


class Score(Record):
    """A probability for one label."""

    kind: Literal["score"] = "score"
    label: str
    probability: float = Field(ge=0, le=1)
    threshold: float | None = Field(default=None, ge=0, le=1)
    """Operating point above which the label counts as present."""
    band: tuple[float, float] | None = None
    """Probabilities between these abstain."""
    calibrated: bool = False
    method: Literal["head", "zero_shot", "network"]
    """A CLIP's fitted head, its prompts, or a network with a fixed set of labels."""


class Mask(Record):
    """A structure's pixels: an 8-bit PNG (0 or 255) of the size of the image as shown."""

    kind: Literal["mask"] = "mask"
    structure: str
    png: str
    """Path of the PNG: in the state relative to the artifact store, in what is exported absolute."""
    digest: str
    area_pixels: int = Field(ge=0)
    quality: float | None = Field(default=None, ge=0, le=1)


class Activation(Record):
    """Where a network looked for a label: an 8-bit PNG over the whole image as shown, 255 at the map's own maximum.

    No outline and no proof: how often such a map was right is said by the region of a score, if anywhere.
    """

    kind: Literal["activation"] = "activation"
    label: str
    png: str
    """Path of the PNG, small and of the image's proportions: in the state relative to the artifact store, in what is
    exported absolute."""
    digest: str


class Box(Record):
    """A label that lies in the region of the evidence's locator."""

    kind: Literal["box"] = "box"
    label: str
    probability: float | None = Field(default=None, ge=0, le=1)


class Measurement(Record):
    """A number with its unit (UCUM; `1` for a ratio) and the method that gave it."""

    kind: Literal["measurement"] = "measurement"
    name: str
    value: float
    unit: str
    method: str


class Answer(Record):
    """What a VQA model answered to one question, and what that says about a label, if anything."""

    kind: Literal["answer"] = "answer"
    question: str
    answer: str
    label: str | None = None
    status: Status | None = None
    laterality: Laterality | None = None
    probability: float | None = Field(default=None, ge=0, le=1)


class Assertion(Record):
    """One label that a sentence speaks of."""

    label: str
    status: Literal["present", "absent", "uncertain"]
    laterality: Laterality | None = None
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    """Character span of the phrase in the sentence."""


class Claim(Record):
    """One sentence of a report model: a claim, not truth."""

    kind: Literal["claim"] = "claim"
    text: str
    section: Literal["findings", "impression"]
    assertions: tuple[Assertion, ...] = ()


class HeaderValue(Record):
    """One value of the header by its DICOM keyword, as the header tool tells it; `note` says what it means."""

    kind: Literal["header"] = "header"
    keyword: str
    value: str
    note: str | None = None


class Lettering(Record):
    """Something written in the picture, at the region of the locator; its words are not kept: they may be a name."""

    kind: Literal["lettering"] = "lettering"
    what: Literal["text", "instruction", "side_marker"]
    """Anything written · words that tell a reader or a model what to say · the letter of a side alone."""
    side: Literal["left", "right"] | None = None
    """The patient's side that a side marker names; None for all else."""


class Retrieved(Record):
    """A signed case whose picture resembles this one: shown to the reviewer, and proof of nothing.

    It holds no word of the other case: its report is looked up where it is shown, for those who may read that case.
    """

    kind: Literal["retrieved"] = "retrieved"
    case_id: str
    similarity: float = Field(ge=-1, le=1)
    """Cosine of the two embeddings."""
    same_patient: bool = False
    """False, too, where either patient is not known."""


class Outlook(Record):
    """What became of patients like this one, by a head that a site measured: no finding, no vote, no alert.

    It speaks of films like those that it was made of, and promises nothing of this patient. No value of the order is
    in here.
    """

    kind: Literal["outlook"] = "outlook"
    outcome: str = Field(min_length=1, max_length=60)
    """As the site calls it."""
    horizon: str | None = Field(default=None, max_length=60)
    """Within which time, in the site's words; None: not stated."""
    probability: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    """95 % of the heads that other draws of the same patients give."""
    patients: int = Field(ge=1)
    share: float = Field(ge=0, le=1)
    """Of the patients that it was made of, those who had the outcome."""
    auroc: float = Field(ge=0, le=1)
    auroc_low: float = Field(ge=0, le=1)
    auroc_high: float = Field(ge=0, le=1)
    """On patients that each fit had not seen."""
    rests_on: tuple[str, ...] = ()
    """What went in, in words: the picture, and fields of the record."""


class OrderField(Record):
    """What a field of the order says."""

    kind: Literal["order"] = "order"
    field: Literal["indication", "question"]
    text: str


class GateVerdict(Record):
    """Something that the gate or the planner found out about the study and how it can be read."""

    kind: Literal["gate"] = "gate"
    about: Literal["study", "projection"] = "study"
    text: str


class RunOutcome(Record):
    """A tool that gave nothing, or not all of it, and why."""

    kind: Literal["run"] = "run"
    of_tool: str
    outcome: Literal["skipped", "missing", "timeout", "error", "invalid_output", "unavailable", "not_applicable"]
    detail: str


class RuleVerdict(Record):
    """A conflict that a rule found and that is left open."""

    kind: Literal["rule"] = "rule"
    rule: str
    conflict_id: str
    message: str


class PriorSought(Record):
    """What was found when an earlier study was looked for; without `study_uid` there is none."""

    kind: Literal["prior"] = "prior"
    study_uid: str | None = None
    study_date: str | None = None
    same_patient: bool = False


class Unassessed(Record):
    """A label of which no tool may speak, and why."""

    kind: Literal["unassessed"] = "unassessed"
    label: str
    reason: str


Drawn = Mask | Activation
"""Payloads that a PNG in the artifact store belongs to."""

Payload = Annotated[
    Score
    | Mask
    | Activation
    | Box
    | Measurement
    | Answer
    | Claim
    | HeaderValue
    | Lettering
    | Retrieved
    | Outlook
    | OrderField
    | GateVerdict
    | RunOutcome
    | RuleVerdict
    | PriorSought
    | Registration
    | Growth
    | Change
    | Unassessed,
    Field(discriminator="kind"),
]


NO_MODEL = "none"
"""What provenance names, and a run after it, where a tool has no model."""


class Provenance(Record):
    """How evidence came about; all of it but the times goes into the id of the evidence."""

    tool: str
    tool_version: str
    model: str
    weights_digest: str | None = None
    prompt: str | None = None
    """`role@version#digest` of the prompt, when a language model was asked."""
    parameters: dict[str, Scalar] = Field(default_factory=dict)
    started: datetime
    ended: datetime

    @model_validator(mode="after")
    def _time_runs_forward(self) -> Self:
        if self.ended < self.started:
            raise ValueError("evidence ended before it started")
        return self


def evidence_id(tool: str, payload: Payload, locator: Locator, provenance: Provenance) -> str:
    """Name evidence by content: the same look at the same pixels has the same id, whenever it was taken."""
    content = {
        "tool": tool,
        "payload": payload.model_dump(mode="json", exclude={"png"}),
        "locator": locator.model_dump(mode="json"),
        "provenance": provenance.model_dump(mode="json", exclude={"started", "ended"}),
    }
    return "e-" + content_digest(content)


class Evidence(Record):
    """One thing a tool saw; the id is checked against the content, so it cannot be altered unseen."""

    id: str
    tool: str
    payload: Payload
    locator: Locator
    provenance: Provenance

    @classmethod
    def of(cls, payload: Payload, locator: Locator, provenance: Provenance) -> "Evidence":
        """Make evidence of the provenance's tool, named by its content."""
        identity = evidence_id(provenance.tool, payload, locator, provenance)
        # Not validated: all parts are records, and the id was just made of them; to check it is to make it again.
        return cls.model_construct(
            id=identity, tool=provenance.tool, payload=payload, locator=locator, provenance=provenance
        )

    @model_validator(mode="after")
    def _id_is_content(self) -> Self:
        if self.tool != self.provenance.tool:
            raise ValueError("evidence names another tool than its provenance")
        if self.id != evidence_id(self.tool, self.payload, self.locator, self.provenance):
            raise ValueError("evidence id does not match its content")
        return self
