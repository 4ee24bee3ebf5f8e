"""What is signed: a report composed whole, before and at the signature, so that both are the same text or none is.

A signed report never changes. What comes after it is a further version, which names the one that it supersedes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overread.agents._styles import Style
from overread.errors import StaleReview, UsageError
from overread.graphs._final_report import Drafted, final_report
from overread.records import (
    CaseFile,
    FinalStatement,
    Meaning,
    Over,
    ReportVersion,
    Review,
    Section,
    Trust,
    VersionStatus,
    report_text,
    text_digest,
)
from overread.records.signing import Confirmed
from overread.settings import SecondReader

CHANGED = "the text of the report changed since you saw it; read it again"


@dataclass(frozen=True)
class Composed:
    """A report as it would be signed."""

    sections: Mapping[Section, tuple[FinalStatement, ...]]
    text: str
    additions: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the text."""
        return text_digest(self.text)


@dataclass(frozen=True)
class Signer:
    """Who signs a version after the first, how they were known, and over what."""

    name: str
    at: datetime
    role: Literal["radiologist", "registrar"] | None = None
    meaning: Meaning | None = None
    confirmed: Confirmed | None = None
    over: Over | None = None
    text_digest: str | None = None
    """Of the text that was shown; None where none was."""


@dataclass(frozen=True)
class Addition:
    """Words that are added to a signed report."""

    text: str


@dataclass(frozen=True)
class Amendment:
    """Sentences of a signed report in other words, or taken out (no words), and why."""

    words: Mapping[str, str]
    """By the sentence's place: section, a hyphen, its number from 0."""
    reason: str


def compose(file: CaseFile, review: Review, trust: Trust | None, style: Style) -> Composed:
    """Compose the report that a review would sign; raises what signing it would raise."""
    report, _ = final_report(Drafted.of(file, trust, style), file.draft_digest, review)
    return Composed(report.sections, report_text(file.draft, report.sections))


def compose_next(file: CaseFile, change: Addition | Amendment) -> Composed:
    """Compose the version that would follow the newest of a signed report.

    Raises `UsageError` where there is none, or the change says nothing, or is of no sentence.
    """
    newest = file.newest
    if newest is None or file.signed_sections is None:
        raise UsageError(f"the report of case {file.case_id} is not signed; there is nothing to add to")
    if isinstance(change, Addition):
        if not change.text.strip():
            raise UsageError("the addendum says nothing")
        additions = (*newest.additions, change.text.strip())
        return Composed(newest.sections, report_text(file.draft, newest.sections, additions), additions)
    sections = _amended(newest.sections, change)
    return Composed(sections, report_text(file.draft, sections, newest.additions), newest.additions)


def first_version(
    file: CaseFile, composed: Composed, review: Review, status: Literal["preliminary", "final"]
) -> ReportVersion:
    """Make the version that a review signs."""
    newest = file.newest
    return ReportVersion(
        version=newest.version + 1 if newest else 1,
        status=status,
        signed_by=review.reviewer,
        role=review.role,
        meaning=review.meaning,
        confirmed=review.confirmed,
        over=review.over,
        at=review.at,
        sections=dict(composed.sections),
        text=composed.text,
        text_digest=composed.digest,
        supersedes=newest.text_digest if newest else None,
        draft_digest=review.draft_digest,
        hurried=review.hurried,
        not_told=review.not_told if status == "preliminary" else (),
    )


def next_version(file: CaseFile, change: Addition | Amendment, signer: Signer) -> ReportVersion:
    """Make the version that adds to or amends a signed report.

    Raises `StaleReview` where it is not the text that was shown, `UsageError` as `compose_next` does.
    """
    composed, newest = compose_next(file, change), file.newest
    if newest is None:
        raise AssertionError("a signed report has a version")
    refuse_another_text(signer.text_digest, composed)
    status: VersionStatus = "appended" if isinstance(change, Addition) else "amended"
    return ReportVersion(
        version=newest.version + 1,
        status=status,
        signed_by=signer.name,
        role=signer.role,
        meaning=signer.meaning,
        confirmed=signer.confirmed,
        over=signer.over or "composed",
        at=signer.at,
        sections=dict(composed.sections),
        additions=composed.additions,
        text=composed.text,
        text_digest=composed.digest,
        supersedes=newest.text_digest,
        draft_digest=newest.draft_digest,
        reason=change.reason.strip() if isinstance(change, Amendment) else None,
    )


def refuse_another_text(shown: str | None, composed: Composed) -> None:
    """Refuse a signature over a text that is not the one composed now; raises `StaleReview`."""
    if shown is not None and shown != composed.digest:
        raise StaleReview(CHANGED)


def refuse_one_reader(file: CaseFile, review: Review, rule: SecondReader) -> None:
    """Refuse a final report that only one person has read, where the settings ask for two; raises `UsageError`."""
    if rule == "off" or (rule == "stat" and file.case.order.priority != "STAT"):
        return
    first = file.preliminary
    if first is None:
        raise UsageError(
            "two readers are asked for: a preliminary report comes first, and another person makes it final"
        )
    if _names(first) & _names(review):
        raise UsageError(
            f"two readers are asked for: {first.signed_by} signed the preliminary report, another signs this"
        )


def _names(signed: ReportVersion | Review) -> set[str]:
    """Give the names that a person is known by: as signed, and of the account."""
    name = signed.reviewer if isinstance(signed, Review) else signed.signed_by
    account = signed.confirmed.account if signed.confirmed else None
    return {each.strip().casefold() for each in (name, account) if each}


def _amended(
    before: Mapping[Section, Sequence[FinalStatement]], change: Amendment
) -> dict[Section, tuple[FinalStatement, ...]]:
    if not change.reason.strip():
        raise UsageError("an amendment needs a reason")
    places = {f"{section}-{place}" for section, items in before.items() for place in range(len(items))}
    if strange := sorted(set(change.words) - places):
        raise UsageError(f"the report has no sentence {', '.join(strange)}")
    made: dict[Section, tuple[FinalStatement, ...]] = {
        section: tuple(
            _reworded(item, words)
            for place, item in enumerate(items)
            if (words := change.words.get(f"{section}-{place}", item.text).strip())
        )
        for section, items in before.items()
    }
    if made == {section: tuple(items) for section, items in before.items()}:
        raise UsageError("the amendment changes no sentence")
    return made


def _reworded(item: FinalStatement, words: str) -> FinalStatement:
    return item if words == item.text.strip() else item.model_copy(update={"text": words, "edited": True})
