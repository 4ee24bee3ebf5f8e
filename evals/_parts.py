"""The parts of a scenario: the study that is sent, how a tool behaves, a question asked, a step of a reviewer."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from overread.reasoning.question_scope import Outside
from overread.records import CaseStatus, Payload, Region
from overread.testing.phantoms import PlacedFinding

SERVED_FAULTS = ("http_500", "hang", "garbage", "truncated")
"""Faults of a model server, which is then a real one on the loopback, asked by the real client."""
SPOKEN_FAULTS = ("empty", "refusal", "thinking", "other_language")
"""Faults of what a language model says, read by the real tool."""
SEEN_FAULTS = ("error", "hang", "unavailable", "invalid_output", "foreign_study", "stale", "permuted_labels", "empty")
"""Faults of a tool that gives listed evidence."""


class Part(BaseModel):
    """A part of a scenario file; a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StudySpec(Part):
    """A numbered synthetic study, written as DICOM and read like any other."""

    phantom: int = 1
    images: int = Field(default=1, ge=1, le=40)
    """Frontal images in the study; each after the first is the same body on another film."""
    findings: tuple[PlacedFinding, ...] = ()
    recipe: dict[str, Any] = Field(default_factory=dict)
    """Other fields of the phantom recipe to set (`view`, `patient`, `supine`, `rotation_deg`, `burned_text`, …)."""
    file: str | None = None
    """Instead of a recipe: a DICOM file, by its path from the scenario's file. It must be marked as synthetic, as what
    `overread imagine` writes is."""
    negative: str | None = None
    """Instead of a chest: a kind of `render_negative` (`hand`, `ct_slice`, `blank`, …)."""
    photometric: Literal["MONOCHROME1", "MONOCHROME2"] = "MONOCHROME2"
    bits_stored: Literal[8, 12, 16] = 12
    rescale: tuple[float, float] | None = None
    """Slope and intercept of the modality transform."""
    windows: tuple[tuple[float, float], ...] | None = None
    """(Centre, width) after rescaling; the full range when not given."""
    header: dict[str, str | tuple[str, ...] | None] = Field(default_factory=dict)
    """DICOM attributes to set, by keyword; null takes one out."""
    private: dict[str, str] = Field(default_factory=dict)
    """Private elements of group 0011: two hex digits to the value."""
    mirrored: bool = False
    """The stored rows run the other way; the header is left as it is, or says so by `PatientOrientation`."""
    noise: float = Field(default=0.0, ge=0, le=0.05)
    """Standard deviation of grain laid over the film, as a part of the full range."""
    jpeg: int | None = Field(default=None, ge=50, le=100)
    """The film went through a JPEG of this quality before it was stored."""

    @field_validator("file")
    @classmethod
    def _from_the_scenario(cls, file: str | None, given: ValidationInfo) -> str | None:
        folder = (given.context or {}).get("folder")
        return file if file is None or folder is None else str(Path(folder, file).resolve())


class PriorSpec(StudySpec):
    """An earlier study that is sent with the one at hand; study numbers from 1,000,000 are dated a year earlier."""

    report: str | None = None
    """Text of its report; priors with one come first in the list."""


class FaultSpec(Part):
    """How a tool, or the model behind it, goes wrong."""

    kind: Literal[
        "error", "hang", "unavailable", "invalid_output", "foreign_study", "stale", "permuted_labels", "empty",
        "http_500", "garbage", "truncated", "refusal", "thinking", "other_language",
    ]  # fmt: skip
    times: int | None = None
    """How many calls go wrong; all when not given. Faults of what is said or seen have no count."""
    seconds: float = 3600.0
    """How long a hang lasts."""


class SeenItem(Part):
    """One piece of evidence that a scripted tool gives."""

    payload: Payload
    region: Region | None = None
    on_prior: bool = False
    """Seen in the first prior's frontal image instead of the one that is read."""
    parameters: dict[str, str | float | bool] = Field(default_factory=dict)
    """What its provenance tells beside."""


class ToolSpec(Part):
    """How one tool behaves: `live` runs the profile's own, `says` the real tool over a scripted language model.

    Otherwise it gives the listed evidence, or the fault.
    """

    live: bool = False
    gives: tuple[SeenItem, ...] = ()
    answers: dict[str, Literal["yes", "no", "cannot tell"]] = Field(default_factory=dict)
    """A scripted VQA tool: label to answer, whatever the wording of the question."""
    says: dict[str, Any] | None = None
    """The real `report` or `vqa` tool: words of the prompt to what the model answers ("" fits any)."""
    drawn: bool = False
    """The real `segmentation` tool over the double that draws ellipses where a frontal chest has lungs and heart."""
    fault: FaultSpec | None = None
    seconds: float = 0.0
    absent: bool = False
    """The profile does not have this tool."""

    @model_validator(mode="after")
    def _fault_fits(self) -> Self:
        if self.fault is None:
            return self
        fits = SEEN_FAULTS if self.says is None else (*SERVED_FAULTS, *SPOKEN_FAULTS)
        if self.live or self.fault.kind not in fits:
            raise ValueError(f"the fault {self.fault.kind} does not fit this tool; there are: {', '.join(fits)}")
        return self


class AskSpec(Part):
    """A question that a reader asks once the case is read, and what must come of it."""

    question: str
    outside: Outside | None = None
    """Why it must be refused; None: it must be answered."""
    standing: Literal["vote", "silent", "unsteady", "unbound"] | None = None
    must_say: tuple[str, ...] = ()
    """Regular expressions that the answer, or the refusal, must match."""
    must_not_say: tuple[str, ...] = ()


class EditSpec(Part):
    """Sentences of the draft, found by a regular expression, in other words or taken out (no text)."""

    match: str
    text: str | None = None
    reason: str = "not as I see it"


class ReviewStep(Part):
    """One thing that a person does with the case, through the same calls as page and command line."""

    do: Literal["sign", "sign_preliminary", "revise", "reject", "acknowledge", "addendum"]
    by: str = "Dr Scripted"
    leave_open: bool = False
    """Decide on no sentence, where else each is accepted that is neither edited nor rejected."""
    edit: tuple[EditSpec, ...] = ()
    not_told: str | None = None
    """Why nobody was told of the critical results."""
    stale: Literal["draft", "text"] | None = None
    """Decide on the draft before this one, or sign another text than the one shown."""
    words: str = "Please look again."
    """The comment that goes with it, or the addendum."""
    refused: str | None = None
    """Name of the error that must refuse it; None: it must be taken."""
    because: str = ""
    """Regular expression that the refusal must match."""
    status: CaseStatus | None = None
    must_say: tuple[str, ...] = ()
    """Regular expressions that the report must match afterwards: as signed, else the draft."""
    must_not_say: tuple[str, ...] = ()


Seeds = Annotated[tuple[int, ...], Field(max_length=10)]
