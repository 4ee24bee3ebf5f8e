"""The last nodes: stop for a person, then do what the person decided. Side effects may be repeated."""

from langgraph.types import interrupt

from overread.graphs._case_file import case_file
from overread.graphs._context import GRAPH_VERSION, Context, services_of
from overread.graphs._final_report import Drafted, final_report, refuse_unsigned_text
from overread.graphs._state import CaseState, CaseView, dump, dump_all
from overread.records import Review


def review(state: CaseState) -> CaseState:
    """Stop for a person. Nothing stands before the interrupt, because the node runs again from its top on resume."""
    # No schema of the answer: LangGraph would make that of `Review` anew each time, a fifth of what the graph costs.
    answer = interrupt({"draft_digest": CaseView(state).draft_digest})
    return {"review": dump(Review.model_validate(answer))}


def finalize(state: CaseState, runtime: Context) -> CaseState:
    """Apply the reviewer's decisions; a person adds evidence and never alters that of the tools."""
    view = CaseView(state)
    services = services_of(view, runtime)
    if view.review is None:
        raise AssertionError("finalize runs only after a review")
    drafted = Drafted(
        view.case,
        view.planned,
        view.findings,
        view.evidence,
        view.failures,
        view.conflicts,
        services.ledger.alerts(view.case.case_id),
        view.drafted,
        services.trust,
        services.style,
    )
    report, outcome = final_report(drafted, view.draft_digest, view.review)
    refuse_unsigned_text(drafted.draft, report, view.review)
    services.ledger.write(view.case.case_id, "finalized", draft=view.review.draft_digest[:12])
    return {"final": dump(report), "evidence": dump_all(outcome.evidence), "conflicts": dump_all(outcome.conflicts)}


def deliver(state: CaseState, runtime: Context) -> CaseState:
    """Put the signed report where it belongs; the delivery is keyed by the case, so that a repeat changes nothing."""
    services, case = runtime.context, CaseView(state).case
    alerts = services.ledger.alerts(case.case_id)
    file = case_file(case, state, "signed", GRAPH_VERSION, alerts)
    services.deliver(services.ledger.whole(file))
    services.ledger.write(case.case_id, "delivered")
    return {"delivered": True}


def rejected(state: CaseState, runtime: Context) -> CaseState:
    """End the case without a report; the draft and its evidence stay on file."""
    runtime.context.ledger.write(CaseView(state).case.case_id, "rejected")
    return {}
