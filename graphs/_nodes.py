"""The nodes: state in, the changed channels out. Side effects go through `Services` and may be repeated."""

from collections.abc import Sequence

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from overread.agents import adjudicator, drafter, llm_drafter, planner, verifier
from overread.graphs import _one_tool as one_tool
from overread.graphs._case_file import case_file
from overread.graphs._final_report import Drafted, final_report, refuse_unsigned_text, settled
from overread.graphs._language_roles import chosen_plan, worded_draft
from overread.graphs._one_tool import channels, raise_critical, run_named
from overread.graphs._services import Services
from overread.graphs._state import CaseState, CaseView, ToolTask, dump, dump_all
from overread.graphs._tool_run import Outcome
from overread.ports import EvidenceIndex
from overread.protocol import chosen
from overread.reasoning.change import with_changes
from overread.reasoning.context import Reading, context_evidence
from overread.reasoning.merging import merge
from overread.reasoning.reviewed import Decided, decided_in, reviewed
from overread.reasoning.reviewed import Reading as Reviewed
from overread.records import (
    Case,
    Conflict,
    Evidence,
    Finding,
    GateResult,
    ImageRef,
    Plan,
    Question,
    Refusal,
    Review,
    RuleReport,
    Trust,
)
from overread.settings import Settings

Context = Runtime[Services]
GRAPH_VERSION = 1
"""Node names and the order of interrupts are a wire format; raise this when either changes."""


def intake(state: CaseState, runtime: Context) -> CaseState:
    """Check that the case is whole and note that its run began."""
    view = CaseView(state)
    runtime.context.ledger.write(view.case.case_id, "intake", images=len(view.case.study.images))
    return {"graph_version": GRAPH_VERSION}


def gate(state: CaseState, runtime: Context) -> CaseState:
    """Choose what the study is read as, and decide from header and pixels whether that may read it at all."""
    case = CaseView(state).case
    headers = runtime.context.ledger.headers(case.case_id)
    protocol = chosen(runtime.context.protocols, case.study, headers, case.order)
    if isinstance(protocol, Refusal):
        return {"gate": dump(GateResult(passed=False, refusal=protocol))}
    services = runtime.context.under(protocol.name)
    looks: dict[ImageRef, list[Outcome]] = {}

    def look(image: ImageRef) -> list[Evidence]:
        planned = Plan(
            image_sop_instance_uid=image.sop_instance_uid,
            image_frame=image.frame,
            tools=protocol.gate_tools,
            protocol=protocol.name,
        )
        here = [name for name in protocol.gate_tools if name in services.tools]
        looks[image] = [_patiently(runtime, case, planned, name) for name in here]
        return [item for outcome in looks[image] for item in outcome.evidence]

    choice = protocol.choose(case.study, headers, look)
    if choice.image is None:
        return {"gate": dump(GateResult(passed=False, refusal=choice.refusal or _no_image(), protocol=protocol.used))}
    image = choice.image
    outcomes = looks.get(image, [])
    evidence = [item for outcome in outcomes for item in outcome.evidence]
    result = GateResult(
        passed=choice.refusal is None,
        refusal=choice.refusal,
        notes=(*case.input_notes, *choice.notes, *protocol.notes(case.study, evidence, image, headers)),
        evidence_ids=tuple(item.id for item in evidence),
        image_sop_instance_uid=image.sop_instance_uid,
        image_frame=image.frame,
        protocol=protocol.used,
    )
    # What was seen in an image that is not read says nothing of the one that is: only its runs are kept.
    runs = [dump(outcome.run) for looked in looks.values() for outcome in looked]
    seen = channels(outcomes)
    return {"gate": dump(result), "evidence": seen["evidence"], "failures": seen["failures"], "tool_runs": runs}


def _patiently(runtime: Context, case: Case, planned: Plan, name: str) -> Outcome:
    """Run a tool of the gate, and once more where it was too late: models that are loaded meanwhile answer then.

    A gate that goes without its tool lets through what is no chest.
    """
    outcome = run_named(runtime, "gate", case, planned, name)
    late = outcome.failure is not None and outcome.failure.kind == "timeout"
    return run_named(runtime, "gate", case, planned, name) if late else outcome


def _no_image() -> Refusal:
    return Refusal(
        reason="not_an_image",
        detail="The study has no image that can be read",
        next_step="Send the images of the study",
    )


def services_of(view: CaseView, runtime: Context) -> Services:
    """Give the services of what the gate chose to read the study as."""
    return runtime.context.under(view.protocol)


def refuse(state: CaseState, runtime: Context) -> CaseState:
    """End the case with its typed reason."""
    view = CaseView(state)
    reason = view.gate.refusal.reason if view.gate and view.gate.refusal else None
    runtime.context.ledger.write(view.case.case_id, "refused", reason=reason)
    return {}


def plan(state: CaseState, runtime: Context) -> CaseState:
    """Choose the tools, the image they read and the questions for the VQA tool."""
    view = CaseView(state)
    services = services_of(view, runtime)
    protocol = services.protocol
    rest = {name: tool for name, tool in services.tools.items() if name not in protocol.gate_tools}
    notes = view.gate.notes if view.gate else ()
    ruled = planner.plan(view.case, rest, notes, view.image_to_read, protocol)
    planned = chosen_plan(view.case, ruled, services)
    return {"plan": dump(planned), "questions_asked": dump_all(planned.questions)}


def run_one_tool(state: ToolTask) -> CaseState:
    """Run one tool by its own graph, whose end raises what the tool saw that is critical."""
    result = one_tool.build().invoke(state, one_tool.INSIDE)
    return {"evidence": result["evidence"], "failures": result["failures"], "tool_runs": result["tool_runs"]}


def alert(state: CaseState, runtime: Context) -> CaseState:
    """Raise what the evidence of all tools together shows and no single tool raised; raising twice is raising once."""
    view = CaseView(state)
    raise_critical(services_of(view, runtime), view.case, view.evidence)
    return {}


def collect(state: CaseState, runtime: Context) -> CaseState:
    """Merge the evidence into findings; a failed tool makes labels not assessed, never absent."""
    view = CaseView(state)
    return {"findings": dump_all(_merged(view, view.index, services_of(view, runtime)))}


def _merged(view: CaseView, index: EvidenceIndex, services: Services) -> tuple[Finding, ...]:
    """Merge evidence into findings, each with what became of it since the earlier study that was compared."""
    protocol = services.protocol
    found = merge(view.case, index, view.failures, services.trust, protocol.labels, protocol.core)
    return with_changes(view.case, found, index.all(), services.trust)


def check(state: CaseState, runtime: Context) -> CaseState:
    """Run every rule and list those that ran; a conflict settled before keeps its resolution."""
    view = CaseView(state)
    services = services_of(view, runtime)
    rules, trust = services.rules, services.trust
    fired = [conflict for rule in rules for conflict in rule.check(view.case, view.findings, view.index, trust)]
    disabled = services.settings.rules_disabled
    report = RuleReport(
        rules_run=tuple(rule.id for rule in rules),
        rules_skipped=tuple((name, "disabled in the settings") for name in disabled),
    )
    return {"conflicts": dump_all(keep_settled(view.conflicts, fired)), "rules": dump(report)}


def keep_settled(before: Sequence[Conflict], fired: Sequence[Conflict]) -> list[Conflict]:
    """Keep every conflict that ever fired: settled ones as they are, and one that fires no more as resolved."""
    kept = {conflict.id: conflict for conflict in fired}
    for conflict in before:
        if conflict.resolution == "resolved":
            kept[conflict.id] = conflict
        elif conflict.id not in kept:
            note = "The rule fires no more once the answers to the targeted questions are merged."
            kept[conflict.id] = conflict.model_copy(update={"resolution": "resolved", "resolution_note": note})
    return list(kept.values())


def adjudicate(state: CaseState, runtime: Context) -> CaseState:
    """Ask the VQA tool what could settle the open conflicts, merge its answers, settle what measured trust allows."""
    view = CaseView(state)
    services = services_of(view, runtime)
    questions = pending_questions(view, services.settings, services.trust)
    asked = questions and "vqa" in services.tools
    outcomes = [run_named(runtime, "adjudicate", view.case, view.planned, "vqa", questions)] if asked else []
    seen = channels(outcomes)
    index = EvidenceIndex([*view.evidence, *(item for outcome in outcomes for item in outcome.evidence)])
    findings = _merged(view, index, services)
    conflicts = adjudicator.settle(view.case, view.conflicts, findings, index, services.trust)
    return {
        "findings": dump_all(findings),
        "conflicts": dump_all(conflicts),
        "questions_asked": dump_all(questions),
        "adjudication_rounds": state.get("adjudication_rounds", 0) + 1,
        "evidence": seen["evidence"],
        "failures": seen["failures"],
        "tool_runs": seen["tool_runs"],
    }


def pending_questions(view: CaseView, settings: Settings, trust: Trust) -> tuple[Question, ...]:
    """Give what open conflicts raise and was not asked yet: their questions, and what shows if the answers hold."""
    waiting = [conflict for conflict in view.conflicts if conflict.resolution == "open"]
    asked = {question.text for question in view.questions_asked}
    return adjudicator.to_ask(view.case, waiting, asked, settings, trust)


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
