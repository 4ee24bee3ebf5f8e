"""Versions of a report: each signed state of it; none is changed, a later one names the one that it supersedes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from overread.records._record import Record
from overread.records.report import (
    SECTIONS,
    DraftReport,
    FinalReport,
    FinalStatement,
    NotTold,
    Section,
    Statement,
)
from overread.records.signing import Confirmed, Digest, Meaning, Over

VersionStatus = Literal["preliminary", "final", "amended", "appended"]
"""As in FHIR's DiagnosticReport.status: `amended` was changed after it was final, `appended` was added to."""
Sentences = Mapping[Section, Sequence[Statement | FinalStatement]]


class ReportVersion(Record):
    """One signed state of a report, whole: what was signed, by whom, with which meaning, and after which."""

    version: int = Field(ge=1)
    status: VersionStatus
    signed_by: str = Field(min_length=1)
    role: Literal["radiologist", "registrar"] | None = None
    meaning: Meaning | None = None
    """None where the signer gave none: a script, or a version before meanings were asked for."""
    confirmed: Confirmed | None = None
    """None in a terminal, where whoever is logged in to the machine signs."""
    over: Over | None = None
    at: datetime
    sections: dict[Section, tuple[FinalStatement, ...]]
    additions: tuple[str, ...] = ()
    """Addenda up to this version, the first first; the last one is this version's own where it is `appended`."""
    text: str
    """The whole report as it was signed: what `text_digest` is of."""
    text_digest: Digest
    supersedes: Digest | None = None
    """`text_digest` of the version before; None for the first."""
    draft_digest: str
    """Of the draft that the report came from."""
    reason: str | None = None
    """Why it was amended."""
    hurried: str | None = None
    """Why it was signed faster than it can be read, where it was."""
    not_told: tuple[NotTold, ...] = ()
    """Of a preliminary report: why nobody was told of a critical result; it stays open until somebody is."""

    @property
    def preliminary(self) -> bool:
        """Say whether it still waits for the signature that makes it final."""
        return self.status == "preliminary"

    @property
    def addition(self) -> str | None:
        """Give what this version adds to the one before; None where it is no addendum."""
        return self.additions[-1] if self.status == "appended" else None


def report_text(draft: DraftReport | None, sections: Sentences, additions: Iterable[str] = ()) -> str:
    """Give a report as plain text: its headings in capitals, a sentence a line, addenda last, a newline at the end."""
    headings = (draft.headings if draft else ()) or tuple((section, section) for section in SECTIONS)
    said = [(title, [item.text for item in sections.get(section, ())]) for section, title in headings]
    parts = [*((title, lines) for title, lines in said if lines), *(("Addendum", [words]) for words in additions)]
    return "\n\n".join("\n".join((title.upper(), *lines)) for title, lines in parts) + "\n"


def text_digest(text: str) -> str:
    """Name a text by the SHA-256 of its UTF-8, as `sha256sum` does."""
    return hashlib.sha256(text.encode()).hexdigest()


def signed_before(final: FinalReport, draft: DraftReport | None, preliminary: Sequence[ReportVersion]) -> ReportVersion:
    """Give the version that a signature is of which wrote none: one of a release before there were versions."""
    text = report_text(draft, final.sections)
    return ReportVersion(
        version=len(preliminary) + 1,
        status="final",
        signed_by=final.signed_by,
        meaning=final.meaning,
        confirmed=final.confirmed,
        over=final.over,
        at=final.signed_at,
        sections=final.sections,
        text=text,
        text_digest=text_digest(text),
        supersedes=preliminary[-1].text_digest if preliminary else None,
        draft_digest=final.draft_digest,
    )
