"""The final report: the draft's statements as the reviewer left them, and as they follow the findings."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

from overread.agents._draft_inputs import DraftInputs
from overread.agents._followed import Followed, Follower
from overread.agents._styles import Style, load_style, shipped
from overread.errors import StaleReview, UsageError
from overread.ports import EvidenceIndex
from overread.reasoning.reviewed import Decided, Reading, decided_in, reviewed
from overread.reasoning.reviewing import refuse_contradictions, said
from overread.records import (
    Alert,
    Case,
    CaseFile,
    Conflict,
    DraftReport,
    Evidence,
    FinalReport,
    FinalStatement,
    Finding,
    Plan,
    Review,
    Section,
    Statement,
    StatementReview,
    ToolFailure,
    Trust,
    content_digest,
    report_text,
    text_digest,
)


class Drafted(NamedTuple):
    """A draft, and what it was composed from."""

    case: Case
    plan: Plan
    findings: Sequence[Finding]
    evidence: Sequence[Evidence]
    failures: Sequence[ToolFailure]
    conflicts: Sequence[Conflict]
    alerts: Sequence[Alert]
    draft: DraftReport
    trust: Trust | None
    style: Style

    @classmethod
    def of(cls, file: CaseFile, trust: Trust | None, style: Style) -> "Drafted":
        """Take a draft from a case file; raises `UsageError` where there is none."""
        if file.draft is None or file.plan is None:
            raise UsageError(f"case {file.case_id} has no draft")
        return cls(
            file.case,
            file.plan,
            file.findings,
            file.evidence,
            file.failures,
            file.conflicts,
            file.alerts,
            file.draft,
            trust,
            style,
        )

    @property
    def reading(self) -> Reading:
        return Reading(self.case, self.plan, self.findings, self.evidence)


class Outcome(NamedTuple):
    """What a review makes of a draft."""

    sections: Mapping[Section, tuple[Followed, ...]]
    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    """The reviewer's own, to be added to that of the case."""
    conflicts: tuple[Conflict, ...]


def outcome_of(drafted: Drafted, review: Review) -> Outcome:
    """Let findings, sentences and conflicts follow a review; raises `UsageError` where it contradicts itself."""
    refuse_contradictions(drafted.reading, drafted.draft, drafted.conflicts, review)
    decided = decided_in(drafted.reading, review)
    conflicts = settled(drafted.conflicts, decided, review)
    findings = reviewed(drafted.case, drafted.findings, decided)
    own = tuple(item.evidence for item in decided)
    inputs = DraftInputs(
        drafted.case,
        drafted.plan,
        findings,
        EvidenceIndex((*drafted.evidence, *own)),
        drafted.failures,
        conflicts,
        drafted.alerts,
        drafted.trust,
        style_of(drafted.draft, drafted.style),
    )
    return Outcome(Follower(inputs, decided).sections(drafted.draft), findings, own, conflicts)


def final_report(drafted: Drafted, draft_digest: str | None, review: Review) -> tuple[FinalReport, Outcome]:
    """Apply all decisions; raises `StaleReview` when the review speaks of another draft, `UsageError` as above."""
    if review.draft_digest != draft_digest:
        raise StaleReview("the review names another draft than the one on file; open the case again")
    outcome = outcome_of(drafted, review)
    by_id = carried_over(drafted.draft, review.statements)
    report = FinalReport(
        sections={
            section: tuple(kept for line in lines if (kept := _kept(line, by_id)))
            for section, lines in outcome.sections.items()
        },
        signed_by=review.reviewer,
        signed_at=review.at,
        draft_digest=review.draft_digest,
        review_digest=content_digest(review.model_dump(mode="json"), length=64),
        findings=outcome.findings,
        resolutions=review.resolutions,
        meaning=review.meaning,
        text_digest=review.text_digest,
        confirmed=review.confirmed,
        over=review.over,
    )
    return report, outcome


def refuse_unsigned_text(draft: DraftReport, report: FinalReport, review: Review) -> None:
    """Raise `StaleReview` where a report is not the text that its review signed; an older review names none."""
    if review.text_digest not in (None, text_digest(report_text(draft, report.sections))):
        raise StaleReview("the report that was composed is not the text that was signed; nothing was delivered")


def settled(conflicts: Iterable[Conflict], decided: Sequence[Decided], review: Review) -> tuple[Conflict, ...]:
    """Mark the conflicts that the reviewer settled, by a reason or by deciding the finding that they are about."""
    why = {item.conflict_id: item.reason for item in review.resolutions}
    made = {item.finding.label: item for item in decided}

    def after(conflict: Conflict) -> Conflict:
        if conflict.resolution == "resolved" or (conflict.id not in why and conflict.label not in made):
            return conflict
        own = made.get(conflict.label or "")
        reason = why.get(conflict.id) or (f"the finding is {said(own.finding)}" if own else "")
        return conflict.model_copy(
            update={
                "resolution": "resolved",
                "resolved_by": (own.evidence.id,) if own else (),
                "resolution_note": f"Settled by {review.reviewer}: {reason}",
            }
        )

    return tuple(after(conflict) for conflict in conflicts)


def style_of(draft: DraftReport, current: Style) -> Style:
    """Give the style that a draft was composed in, by the name of its drafter; else the one at hand."""
    name = draft.drafter.partition("+")[0].partition(":")[2] or load_style().name
    return load_style(name) if name in shipped() else current


def carried_over(draft: DraftReport, decided: Iterable[StatementReview]) -> dict[str, StatementReview]:
    """Give the decision on each statement: its own, else what was decided where its finding is described.

    A finding is decided once. The line of the impression that speaks of it goes with it: rejected where a finding that
    it names was rejected, in the reviewer's words where that was edited.
    """
    own = {item.statement_id: item for item in decided}
    of_finding = {
        identity: own[statement.id]
        for statement in draft.sections.get("findings", ())
        if statement.id in own
        for identity in statement.finding_ids
    }
    for statement in draft.sections.get("impression", ()):
        changes = [
            of_finding[identity]
            for identity in statement.finding_ids
            if identity in of_finding and of_finding[identity].action != "accept"
        ]
        if changes and statement.id not in own:
            own[statement.id] = _together(statement, changes)
    return own


def _together(statement: Statement, changes: Sequence[StatementReview]) -> StatementReview:
    """Make one decision of those on the findings that a line names; the words of edits stand in place of the line."""
    words = list(dict.fromkeys(change.text for change in changes if change.action == "edit" and change.text))
    action: Literal["edit", "reject"] = "edit" if words else "reject"
    return StatementReview(
        statement_id=statement.id, action=action, text=" ".join(words) or None, reason=changes[0].reason
    )


def _kept(line: Followed, by_id: Mapping[str, StatementReview]) -> FinalStatement | None:
    statement, decision = line.statement, by_id.get(line.of) if line.of else None
    if decision is not None and decision.action == "reject":
        return None
    if decision is not None and decision.action == "edit":
        return FinalStatement(text=(decision.text or "").strip(), citations=statement.citations, edited=True)
    decided = None if line.origin == "draft" else line.origin
    return FinalStatement(text=statement.text, citations=statement.citations, decided=decided)
