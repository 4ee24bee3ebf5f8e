"""What is known of a reading and was not seen in a picture, as evidence: order, gate, runs, rules, priors, gaps.

A sentence about the reading cites what supports *it*: the order for what was asked, the run that failed for what is
missing, the verdict of a rule for a conflict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from overread.reasoning.change import changes_in
from overread.reasoning.priors import comparable_priors
from overread.reasoning.projection import projection_of
from overread.records import (
    NO_MODEL,
    Case,
    Conflict,
    Evidence,
    Finding,
    GateVerdict,
    Locator,
    OrderField,
    Payload,
    Plan,
    PriorSought,
    Provenance,
    RuleVerdict,
    RunOutcome,
    ToolFailure,
    Trust,
    Unassessed,
)

PHANTOM = "Synthetic phantom, not a patient."
READING = "reading"
"""Who gives this evidence: the reading itself, no model."""
VERSION = "1"


@dataclass(frozen=True)
class Reading:
    """A case as it stands before it is put in words."""

    case: Case
    plan: Plan
    findings: Sequence[Finding]
    failures: Sequence[ToolFailure]
    conflicts: Sequence[Conflict]
    evidence: Sequence[Evidence]
    trust: Trust | None = None


def context_evidence(reading: Reading, at: datetime) -> tuple[Evidence, ...]:
    """Give one piece of evidence for each fact; the same reading gives the same ids."""
    where = Locator(sop_instance_uid=reading.plan.image_sop_instance_uid, frame=reading.plan.image_frame)
    made = Provenance(tool=READING, tool_version=VERSION, model=NO_MODEL, started=at, ended=at)
    facts = [Evidence.of(payload, where, made) for payload in dict.fromkeys(_facts(reading))]
    told = changes_in(reading.case, reading.findings, reading.evidence, reading.trust)
    return (*facts, *(Evidence.of(each.change, each.where, made) for each in told))


def _facts(reading: Reading) -> Iterable[Payload]:
    yield from _order(reading.case)
    yield from (GateVerdict(text=note) for note in reading.plan.notes)
    study = reading.case.study
    if study.synthetic and not study.generated and PHANTOM not in reading.plan.notes:
        yield GateVerdict(text=PHANTOM)
    yield GateVerdict(about="projection", text=_projection(reading))
    yield from _runs(reading)
    yield from _priors(reading.case)
    for conflict in reading.conflicts:
        if conflict.resolution == "open":
            yield RuleVerdict(rule=conflict.rule, conflict_id=conflict.id, message=conflict.message)
    for finding in reading.findings:
        if finding.status == "not_assessed":
            yield Unassessed(label=finding.label, reason=finding.reason)


def _projection(reading: Reading) -> str:
    image = reading.case.study.image(reading.plan.image_sop_instance_uid, reading.plan.image_frame)
    if image is None:
        return "The image that was read is not in the study."
    if image.slice is not None:
        return "A cross-section of CT, placed by the header; it has no projection."
    if image.view is not None:
        return f"Projection {image.view}, stated by the header."
    seen = projection_of(image, reading.evidence)
    return f"Projection {seen.view}, judged from the picture." if seen.view else "Projection not known."


def _order(case: Case) -> Iterable[Payload]:
    if case.order.indication:
        yield OrderField(field="indication", text=case.order.indication)
    if case.order.question:
        yield OrderField(field="question", text=case.order.question)


def _runs(reading: Reading) -> Iterable[Payload]:
    for tool, why in reading.plan.skipped:
        yield RunOutcome(of_tool=tool, outcome="skipped", detail=why)
    for failure in reading.failures:
        yield RunOutcome(of_tool=failure.tool, outcome=failure.kind, detail=failure.message)


def _priors(case: Case) -> Iterable[Payload]:
    if not case.priors:
        yield PriorSought()
    ours = {prior.study.uid for prior in comparable_priors(case)}
    for prior in case.priors:
        study = prior.study
        yield PriorSought(study_uid=study.uid, study_date=study.study_date, same_patient=study.uid in ours)
