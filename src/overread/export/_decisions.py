"""What a reviewer decided on each result of a draft, taken out of the signed review: one record a decision.

IHE's profile AI Result Assessment for Imaging (AIRAI) asks for assessor, time, result, outcome and supplement; its text
was not at hand, and the five outcomes here are those of our own review.
"""

from collections.abc import Iterator
from typing import Literal

from overread.records import (
    CaseFile,
    Conflict,
    DraftReport,
    FinalReport,
    Finding,
    Record,
    Review,
    Section,
    Statement,
    StatementReview,
)

Outcome = Literal["accepted", "edited", "rejected", "supplemented", "settled"]
"""`supplemented`: a finding that the draft did not speak of · `settled`: a conflict that the draft left open."""


class Decision(Record):
    """One decision: on a sentence, a finding or a conflict of the draft, or a finding that was added."""

    key: str
    """Id of the sentence, finding or conflict; one decision has each."""
    outcome: Outcome
    section: Section | None = None
    """Of a sentence."""
    drafted: Statement | Finding | Conflict | None = None
    """The result as the draft had it; None for what was added."""
    decided: str | Finding | None = None
    """The reviewer's words, or the finding as signed; None for what was accepted, rejected or settled."""
    reason: str | None = None
    evidence_ids: tuple[str, ...] = ()
    """What the result rested on in the draft."""


def decisions(file: CaseFile) -> tuple[Decision, ...]:
    """Give the decisions of the review that signed a case: sentences, findings, what was added, conflicts.

    A sentence that is signed with the report and one that follows its finding have no decision of their own.
    """
    if file.review is None or file.review.decision != "sign" or file.final is None or file.draft is None:
        return ()
    review, final = file.review, file.final
    return (
        *_of_sentences(file.draft, review),
        *_of_findings(file, review, final),
        *_added(review, final),
        *_settled(file, review),
    )


def _of_sentences(draft: DraftReport, review: Review) -> Iterator[Decision]:
    said = {item.statement_id: item for item in review.statements}
    for section, lines in draft.sections.items():
        yield from (_on_sentence(section, line, said[line.id]) for line in lines if line.id in said)


def _on_sentence(section: Section, line: Statement, said: StatementReview) -> Decision:
    outcomes: dict[str, Outcome] = {"accept": "accepted", "edit": "edited", "reject": "rejected"}
    return Decision(
        key=line.id,
        outcome=outcomes[said.action],
        section=section,
        drafted=line,
        decided=said.text if said.action == "edit" else None,
        reason=said.reason,
        evidence_ids=line.citations,
    )


def _of_findings(file: CaseFile, review: Review, final: FinalReport) -> Iterator[Decision]:
    before = {item.id: item for item in file.findings}
    signed = {item.id: item for item in final.findings}
    for item in review.findings:
        if item.finding_id not in before:
            continue
        drafted, rejected = before[item.finding_id], item.status == "not_assessed"
        yield Decision(
            key=drafted.id,
            outcome="rejected" if rejected else "edited",
            drafted=drafted,
            decided=None if rejected else signed.get(drafted.id),
            reason=item.reason,
            evidence_ids=(*drafted.evidence_ids, *drafted.against_ids),
        )


def _added(review: Review, final: FinalReport) -> Iterator[Decision]:
    signed = {item.label: item for item in final.findings}
    for item in review.added:
        if item.label in signed:
            made = signed[item.label]
            yield Decision(key=made.id, outcome="supplemented", decided=made, reason=item.reason)


def _settled(file: CaseFile, review: Review) -> Iterator[Decision]:
    known = {item.id: item for item in file.conflicts}
    for item in review.resolutions:
        if item.conflict_id in known:
            open_before = known[item.conflict_id]
            yield Decision(
                key=open_before.id,
                outcome="settled",
                drafted=open_before,
                reason=item.reason,
                evidence_ids=open_before.evidence_ids,
            )
