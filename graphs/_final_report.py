"""The final report: the draft's statements as the reviewer left them."""

from collections.abc import Iterable, Sequence
from typing import Literal

from overread.errors import StaleReview
from overread.records import (
    DraftReport,
    FinalReport,
    FinalStatement,
    Review,
    Statement,
    StatementReview,
    content_digest,
)


def final_report(draft: DraftReport, draft_digest: str | None, review: Review) -> FinalReport:
    """Apply accepts, edits and rejects; raises `StaleReview` when the review speaks of another draft."""
    if review.draft_digest != draft_digest:
        raise StaleReview("the review names another draft than the one on file; open the case again")
    by_id = carried_over(draft, review.statements)
    sections = {
        section: tuple(kept for statement in statements if (kept := _kept(statement, by_id.get(statement.id))))
        for section, statements in draft.sections.items()
    }
    return FinalReport(
        sections=sections,
        signed_by=review.reviewer,
        signed_at=review.at,
        draft_digest=review.draft_digest,
        review_digest=content_digest(review.model_dump(mode="json"), length=64),
    )


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


def _kept(statement: Statement, decision: StatementReview | None) -> FinalStatement | None:
    if decision is not None and decision.action == "reject":
        return None
    if decision is not None and decision.action == "edit":
        return FinalStatement(text=(decision.text or "").strip(), citations=statement.citations, edited=True)
    return FinalStatement(text=statement.text, citations=statement.citations)
