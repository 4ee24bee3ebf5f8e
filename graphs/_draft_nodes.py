"""The nodes that write: the draft, as often as the verifier or the reviewer sends it back, and its test."""

from overread.agents import drafter, llm_drafter, verifier
from overread.graphs._context import Context, services_of
from overread.graphs._final_report import settled
from overread.graphs._language_roles import worded_draft
from overread.graphs._state import CaseState, CaseView, dump, dump_all
from overread.ports import EvidenceIndex
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.reviewed import Decided, decided_in, reviewed
from overread.reasoning.reviewed import Reading as Reviewed
from overread.records import Review


def draft(state: CaseState, runtime: Context) -> CaseState:
    """Write the draft; after an objection or a request to revise, with what was said and what the reviewer decided."""
    view = CaseView(state)
    services = services_of(view, runtime)
    revising = _was_sent_back(view)
    own = _decided(view) if revising else ()
    findings = reviewed(view.case, view.findings, own)
    conflicts = settled(view.conflicts, own, view.review) if revising and view.review else view.conflicts
    seen = (*view.evidence, *(item.evidence for item in own))
    reading = Reading(view.case, view.planned, findings, view.failures, conflicts, seen, services.trust)
    known = context_evidence(reading, services.clock())
    index, sent_back = EvidenceIndex([*seen, *known]), _sent_back(view, revising)
    said = (*llm_drafter.in_composed_terms(view.objections, view.draft), *sent_back)
    composed = drafter.draft(
        view.case,
        view.planned,
        findings,
        index,
        view.failures,
        conflicts,
        services.ledger.alerts(view.case.case_id),
        trust=services.trust,
        revision=_next_revision(view, revising),
        feedback=said,
        style=services.style,
        protocol=services.protocol,
    )
    written = worded_draft(composed, view, index, said, services)
    return {
        "draft": dump(written),
        "evidence": dump_all((*seen[len(view.evidence) :], *known)),
        "findings": dump_all(findings),
        "conflicts": dump_all(conflicts),
        "sent_back": dump_all(sent_back),
        "verify_rounds": 0 if revising else state.get("verify_rounds", 0),
    }


def _decided(view: CaseView) -> tuple[Decided, ...]:
    """Give the findings that the review which sent the draft back changed or added."""
    reading = Reviewed(view.case, view.planned, view.findings, view.evidence)
    return decided_in(reading, view.review) if view.review else ()


def _sent_back(view: CaseView, revising: bool) -> tuple[Review, ...]:
    """Give every review that sent a draft back, in terms of composed sentences: a later one does not undo an earlier.

    A run of an earlier version that stopped between its draft and the verifier has kept none; its last one stands in.
    """
    if view.review is None or (view.sent_back and not revising):
        return view.sent_back
    told = llm_drafter.in_composed_terms((view.review,), view.draft)
    return (*view.sent_back, *(item for item in told if isinstance(item, Review)))


def _was_sent_back(view: CaseView) -> bool:
    """Tell the first draft after a request to revise from those that answer the verifier's objections to it."""
    return view.review is not None and view.review.draft_digest == view.draft_digest


def _next_revision(view: CaseView, revising: bool) -> int:
    if view.draft is None:
        return 0
    return view.draft.revision + 1 if revising else view.draft.revision


def verify(state: CaseState, runtime: Context) -> CaseState:
    """Test every sentence against the evidence it cites; what fails in the last round is withheld and shown."""
    view = CaseView(state)
    rounds = state.get("verify_rounds", 0) + 1
    trust = services_of(view, runtime).trust
    objections = verifier.verify(view.drafted, view.case, view.findings, view.index, trust)
    written = view.drafted
    if objections and rounds >= runtime.context.settings.verify_rounds:
        written = verifier.withhold(written, objections)
    return {"draft": dump(written), "objections": dump_all(objections), "verify_rounds": rounds}
