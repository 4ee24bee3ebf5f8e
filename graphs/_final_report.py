"""The final report: the draft's statements as the reviewer left them."""

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


def final_report(draft: DraftReport, review: Review) -> FinalReport:
    """Apply accepts, edits and rejects; raises `StaleReview` when the review speaks of another draft."""
    if review.draft_digest != draft.digest:
        raise StaleReview("the review names another draft than the one on file; open the case again")
    by_id = {item.statement_id: item for item in review.statements}
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


def _kept(statement: Statement, decision: StatementReview | None) -> FinalStatement | None:
    if decision is not None and decision.action == "reject":
        return None
    if decision is not None and decision.action == "edit":
        return FinalStatement(text=(decision.text or "").strip(), citations=statement.citations, edited=True)
    return FinalStatement(text=statement.text, citations=statement.citations)
