"""Put down what a finished run left behind."""

from collections.abc import Iterator

from overread.evals._execute import Run
from overread.evals.running._result import Observed, Said, Sentence, Told
from overread.outputs.evidence_text import value_of
from overread.records import CaseFile, Locator


def observed(run: Run) -> Observed:
    """Give what there is to see of a run."""
    file = run.file
    return Observed(
        status="refused" if file is None else file.status,
        refusal=run.refusal,
        notes=run.notes,
        cases=run.cases,
        tool_runs=dict(run.tool_runs),
        sentences=tuple(_sentences(file)) if file else (),
        evidence=tuple(_evidence(file)) if file else (),
        told=tuple(_told(file)) if file else (),
    )


def _sentences(file: CaseFile) -> Iterator[Sentence]:
    if file.draft is None:
        return
    for section, statements in file.draft.sections.items():
        for one in statements:
            yield Sentence(section=section, text=one.text, citations=one.citations)
    for taken in file.draft.withheld:
        yield Sentence(
            section=taken.section,
            text=taken.statement.text,
            citations=taken.statement.citations,
            withheld="; ".join(objection.message for objection in taken.objections),
        )


def _evidence(file: CaseFile) -> Iterator[Said]:
    for item in file.evidence:
        yield Said(id=item.id, tool=item.tool, text=value_of(item.payload), place=_place(item.locator))


def _place(locator: Locator) -> str:
    region = locator.region
    where = f" x {region.x} y {region.y}, {region.width} × {region.height}" if region else ""
    return f"{locator.sop_instance_uid} frame {locator.frame}{where}"


def _told(file: CaseFile) -> Iterator[Told]:
    for finding in file.findings:
        state = " ".join(filter(None, (finding.status, finding.laterality)))
        yield Told(kind="finding", name=finding.label, state=state, text=finding.reason)
    for conflict in file.conflicts:
        yield Told(kind="conflict", name=conflict.rule, state=conflict.resolution, text=conflict.message)
    for alert in file.alerts:
        state = " ".join(filter(None, (f"category {alert.category}", alert.laterality)))
        yield Told(kind="alert", name=alert.label, state=state, text=alert.message)
    for failure in file.failures:
        yield Told(kind="failure", name=failure.tool, state=failure.kind, text=failure.message)
