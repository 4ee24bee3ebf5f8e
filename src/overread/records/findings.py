"""What the evidence adds up to: findings, conflicts, alerts, and what could not be done."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from overread.records._record import Record, content_digest
from overread.records.comparison import Course
from overread.records.evidence import Status
from overread.records.study import Laterality

Severity = Literal["block", "warn", "note"]
FailureKind = Literal["timeout", "error", "invalid_output", "unavailable", "not_applicable"]
RefusalReason = Literal[
    "unreadable",
    "empty_input",
    "too_large",
    "not_an_image",
    "unsupported_transfer_syntax",
    "corrupt_pixels",
    "invalid_identifier",
    "several_patients",
    "wrong_modality",
    "wrong_body_part",
    "no_frontal_view",
    "blank",
    "not_a_chest",
    "resolution_too_low",
    "quality_control",
    "turned",
    "several_pictures",
    "missing_geometry",
    "mixed_slices",
    "not_axial",
    "tilted_gantry",
    "duplicate_slices",
    "uneven_slices",
    "too_few_slices",
    "not_hounsfield",
]


class Refusal(Record):
    """Why a case goes no further; a result, not an error."""

    reason: RefusalReason
    detail: str
    next_step: str


class Code(Record):
    """A coded concept; `scheme` as in DICOM (`SCT`, `RADLEX`, `DCM`)."""

    scheme: str
    value: str
    meaning: str


class Finding(Record):
    """One label of the case, with everything that speaks for or against it."""

    id: str
    code: Code
    label: str
    status: Status
    laterality: Laterality | None = None
    location: str | None = None
    severity: str | None = None
    change: Course | None = None
    """What became of it since the earlier study that was compared; None where there was none, or nothing to tell."""
    probability: float | None = Field(default=None, ge=0, le=1)
    supported: bool = False
    """True where such statements were measured to be wrong at most as often as the settings allow."""
    evidence_ids: tuple[str, ...] = ()
    """Evidence that supports the status given."""
    against_ids: tuple[str, ...] = ()
    """Evidence that speaks against it."""
    silent_ids: tuple[str, ...] = ()
    """Evidence about the label that has no vote: its voter was not measured on this kind of study, or to too little."""
    reason: str
    """How the status was reached, in one sentence."""


class Question(Record):
    """One question for the VQA tool, bound to the label it can settle."""

    text: str
    label: str | None = None
    laterality: Laterality | None = None


class ToolFailure(Record):
    """A tool that gave no evidence, or not all of it: never a finding, always named in the draft."""

    tool: str
    kind: FailureKind
    message: str
    started: datetime
    ended: datetime
    kept: int = Field(default=0, ge=0)
    """Pieces of evidence that it had given before, which stand."""
    questions: tuple[Question, ...] = ()
    """What it was asked and did not answer."""


class Conflict(Record):
    """Evidence that cannot all be true; never averaged away."""

    id: str
    rule: str
    severity: Severity
    message: str
    label: str | None = None
    evidence_ids: tuple[str, ...] = ()
    question: Question | None = None
    """What could be asked to settle it."""
    resolution: Literal["open", "resolved"] = "open"
    resolved_by: tuple[str, ...] = ()
    resolution_note: str | None = None

    @classmethod
    def of(
        cls,
        rule: str,
        severity: Severity,
        message: str,
        *,
        label: str | None = None,
        evidence_ids: tuple[str, ...] = (),
        question: Question | None = None,
    ) -> "Conflict":
        """Make an open conflict; its id is a digest of rule, label, message and evidence ids in any order."""
        identity = "k-" + content_digest([rule, label, message, sorted(evidence_ids)])
        return cls(
            id=identity,
            rule=rule,
            severity=severity,
            message=message,
            label=label,
            evidence_ids=evidence_ids,
            question=question,
        )


class RuleReport(Record):
    """Which rules ran, so that silence can be seen."""

    rules_run: tuple[str, ...]
    rules_skipped: tuple[tuple[str, str], ...] = ()


ToldHow = Literal["phone", "in-person", "message"]


class Acknowledgement(Record):
    """What became of a critical result: whom somebody told of it, or why nobody was told.

    Source of the fields: ACR Practice Parameter for Communication of Diagnostic Imaging Findings, what to document of
    a communication that is not the report.
    """

    by: str
    at: datetime
    """When it was written down."""
    told: str | None = None
    """Who received the result; None where `not_told` says why nobody did."""
    finding: str | None = None
    """What was communicated."""
    found_at: datetime | None = None
    told_at: datetime | None = None
    how: ToldHow | None = None
    read_back: bool | None = None
    """Whether the receiver read it back; None where that was not asked."""
    remark: str | None = None
    not_told: str | None = None
    """Why nobody was told, as the review that decided the case gave it."""


class Alert(Record):
    """A critical result (ACR actionable finding category 1 = minutes, 2 = hours, 3 = days)."""

    id: str
    label: str
    laterality: Laterality | None = None
    category: Literal[1, 2, 3]
    message: str
    evidence_ids: tuple[str, ...]
    raised_at: datetime
    acknowledged: Acknowledgement | None = None
