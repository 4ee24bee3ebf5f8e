"""The case file of a state: what `case.json`, the review page and the delivery read."""

from overread._version import __version__
from overread.graphs._state import CaseState, CaseView
from overread.ports import ChatRequest
from overread.records import Alert, Case, CaseFile, CaseStatus, Manifest


def case_file(
    case: Case,
    state: CaseState,
    status: CaseStatus,
    graph_version: int,
    alerts: tuple[Alert, ...] = (),
    error: str | None = None,
) -> CaseFile:
    """Gather everything a case has so far; parts that were not reached stay empty."""
    view = CaseView(state)
    prompts = {item.provenance.prompt for item in view.evidence if item.provenance.prompt}
    if view.plan and view.plan.prompt:
        prompts.add(view.plan.prompt)
    if view.draft and view.draft.wording:
        prompts.add(view.draft.wording.prompt)
    used = view.gate.protocol if view.gate else None
    return CaseFile(
        case_id=case.case_id,
        status=status,
        case=case,
        gate=view.gate,
        plan=view.plan,
        evidence=view.evidence,
        failures=view.failures,
        findings=view.findings,
        conflicts=view.conflicts,
        rules=view.rules,
        questions_asked=view.questions_asked,
        alerts=alerts,
        draft=view.draft,
        draft_digest=view.draft_digest,
        objections=view.objections,
        review=view.review,
        final=view.final,
        error=error,
        manifest=Manifest(
            overread_version=__version__,
            graph_version=graph_version,
            profile=case.profile,
            prompts=tuple(sorted(prompts)),
            tool_runs=view.tool_runs,
            images=tuple(image.pixels_digest for image in case.study.images),
            seed=ChatRequest.seed,
            protocol=f"{used.name}@{used.version}" if used else None,
        ),
    )
