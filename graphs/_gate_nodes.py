"""The first nodes: is the case whole, what is it read as, and may that read it at all?"""

from overread.graphs._context import GRAPH_VERSION, Context
from overread.graphs._one_tool import channels, run_named
from overread.graphs._state import CaseState, CaseView, dump
from overread.graphs._tool_run import Outcome
from overread.protocol import chosen
from overread.records import (
    Case,
    Evidence,
    GateResult,
    ImageRef,
    Plan,
    Refusal,
)


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


def refuse(state: CaseState, runtime: Context) -> CaseState:
    """End the case with its typed reason."""
    view = CaseView(state)
    reason = view.gate.refusal.reason if view.gate and view.gate.refusal else None
    runtime.context.ledger.write(view.case.case_id, "refused", reason=reason)
    return {}
