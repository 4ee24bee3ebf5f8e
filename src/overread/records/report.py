"""The draft, its review, and what is signed."""

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from overread.records._record import Record, content_digest
from overread.records.finding_review import AddedFinding, ConflictResolution, FindingReview
from overread.records.findings import Finding
from overread.records.signing import Confirmed, Digest, Meaning, Over

Section = Literal["indication", "technique", "comparison", "findings", "impression", "limitations"]
SECTIONS: tuple[Section, ...] = ("indication", "technique", "comparison", "findings", "impression", "limitations")


class Statement(Record):
    """One sentence, the findings it speaks of, and the evidence it rests on."""

    id: str
    text: str
    finding_ids: tuple[str, ...] = ()
    citations: tuple[str, ...]
    needs_decision: bool = True
    """False for what is signed with the report, or decided where its finding is: no decision is waited for."""


class Objection(Record):
    """Why a statement may not stand."""

    statement_id: str
    kind: Literal["uncited", "unknown_evidence", "foreign_evidence", "irrelevant", "unsupported", "contradicted"]
    message: str


class Withheld(Record):
    """A statement the verifier took out, shown to the reviewer with the reason."""

    section: Section
    statement: Statement
    objections: tuple[Objection, ...]


WordingFault = Literal[
    "no_answer", "wrong_schema", "dropped", "duplicate", "wrong_section", "foreign_findings", "foreign_evidence",
    "form", "language", "adds", "drops", "wrong_side", "status", "number", "comparison", "word", "unverified",
]  # fmt: skip
"""What was wrong with the words of a language model."""


class WordedStatement(Record):
    """A composed sentence that a language model worded, which stands in its place."""

    statement_id: str
    """Of the statement that stands; that of the composed one where the model left its words as they are."""
    composed_id: str
    composed: str
    """The words that code composed."""


class RefusedWording(Record):
    """Words of a language model that do not stand, and why; the composed sentence does."""

    section: Section
    composed_id: str | None = None
    """None: they belong to no sentence of the draft."""
    kind: WordingFault
    message: str
    text: str = ""
    """What the model wrote, the beginning of it."""


class Wording(Record):
    """What became of the sentences that a language model was asked to word."""

    model: str
    weights_digest: str
    prompt: str
    asked: int = Field(ge=0)
    worded: tuple[WordedStatement, ...] = ()
    refused: tuple[RefusedWording, ...] = ()
    note: str | None = None
    """Why there is no answer to read, in one line."""

    @property
    def summary(self) -> str:
        """Say in one line who worded how many sentences, and how many of its wordings were refused."""
        told = f"worded by {self.model}: {len(self.worded)} of {self.asked} sentences"
        same = sum(item.statement_id == item.composed_id for item in self.worded)
        told += f" ({same} left as composed)" if same else ""
        told += f"; {len(self.refused)} refused" if self.refused else ""
        return f"{told}; {self.note}" if self.note else told


class DraftReport(Record):
    """The preliminary read; `digest` binds what the reviewer saw."""

    sections: dict[Section, tuple[Statement, ...]]
    withheld: tuple[Withheld, ...] = ()
    drafter: str
    revision: int = Field(default=0, ge=0)
    banner: str
    headings: tuple[tuple[Section, str], ...] = ()
    """Sections in reading order with what they are called; empty: in the order of SECTIONS, by their own names."""
    wording: Wording | None = None
    """None where no language model was asked."""
    reopened: str | None = None
    """Why it waits again after it was signed, in one line; None for nearly every draft."""

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Give the statements of all sections in reading order, without those withheld."""
        order = tuple(section for section, _ in self.headings) or SECTIONS
        return tuple(statement for section in order for statement in self.sections.get(section, ()))

    @property
    def digest(self) -> str:
        """Give the SHA-256 of everything in the draft, what is withheld too, as 64 hex digits.

        A draft that an earlier version wrote is named by its content as it was written: `CaseFile.draft_digest`.
        """
        return content_digest(self.model_dump(mode="json"), length=64)


class StatementReview(Record):
    """What the reviewer did with one statement."""

    statement_id: str
    action: Literal["accept", "edit", "reject"]
    text: str | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _edit_has_text_and_reason(self) -> Self:
        if self.action == "edit" and not (self.text or "").strip():
            raise ValueError(f"edit of {self.statement_id} has no text")
        if self.action != "accept" and not (self.reason or "").strip():
            raise ValueError(f"{self.action} of {self.statement_id} has no reason")
        return self


class NotTold(Record):
    """Why a critical result was told to nobody before its case was decided."""

    alert_id: str
    reason: str = Field(pattern=r"\S")


SINCE_FINDINGS = ("findings", "added", "resolutions", "not_told")
SINCE_SIGNING = ("meaning", "text_digest", "confirmed", "over", "hurried")
SINCE = (*SINCE_FINDINGS, *SINCE_SIGNING)
"""Fields that reviews of earlier versions do not have."""


class Review(Record):
    """A person's decision, bound to the digest of the draft that was on screen."""

    reviewer: str = Field(min_length=1)
    role: Literal["radiologist", "registrar"] = "radiologist"
    decision: Literal["sign", "revise", "reject"]
    statements: tuple[StatementReview, ...] = ()
    findings: tuple[FindingReview, ...] = ()
    """Findings that are otherwise than the draft has them; their sentences follow and need no decision of their own."""
    added: tuple[AddedFinding, ...] = ()
    resolutions: tuple[ConflictResolution, ...] = ()
    comment: str | None = None
    draft_digest: str
    at: datetime
    not_told: tuple[NotTold, ...] = ()
    """Of each critical result that is acknowledged by nobody."""
    meaning: Meaning | None = None
    text_digest: Digest | None = None
    """SHA-256 of the report's text as it is signed (`report_text`)."""
    confirmed: Confirmed | None = None
    over: Over | None = None
    hurried: str | None = None
    """Why it was signed faster than it can be read, where it was."""

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a review without decisions on findings as versions before these did, so that its digest stays."""
        told: dict[str, Any] = handler(self)
        return {name: value for name, value in told.items() if value or name not in SINCE}

    @model_validator(mode="after")
    def _refusals_have_a_reason(self) -> Self:
        if self.decision != "sign" and not (self.comment or "").strip():
            raise ValueError(f"{self.decision} needs a comment that says why")
        return self


class FinalStatement(Record):
    """A signed sentence: the draft's, or the reviewer's own words over it."""

    text: str
    citations: tuple[str, ...]
    edited: bool = False
    decided: Literal["changed", "added"] | None = None
    """Set where the sentence was composed for a finding that the reviewer changed or added."""


class FinalReport(Record):
    """The signed report: the draft that `draft_digest` names, as the review that `review_digest` names left it."""

    sections: dict[Section, tuple[FinalStatement, ...]]
    signed_by: str
    signed_at: datetime
    draft_digest: str
    review_digest: str
    findings: tuple[Finding, ...] = ()
    """The findings as signed; empty in a report of an earlier version."""
    resolutions: tuple[ConflictResolution, ...] = ()
    meaning: Meaning | None = None
    text_digest: Digest | None = None
    confirmed: Confirmed | None = None
    over: Over | None = None


class Addendum(Record):
    """What somebody adds to a signed report, which itself stays as it is."""

    author: str
    text: str
    at: datetime
