"""What two reads of one case say otherwise: status, findings, conflicts, alerts, failures and sentences."""

from collections.abc import Iterable, Mapping
from typing import Literal

from overread.records import CaseFile, Conflict, Finding, Record

Part = Literal["status", "finding", "conflict", "alert", "failure", "sentence", "withheld"]


class Difference(Record):
    """One thing that is otherwise; `before` is None for what is new, `after` for what is gone."""

    part: Part
    what: str
    before: str | None
    after: str | None


def differences(before: CaseFile, after: CaseFile) -> tuple[Difference, ...]:
    """Compare by what is said, not by ids or times; nothing when the reads say the same."""
    return (*_status(before, after), *_parts(before, after))


def _status(before: CaseFile, after: CaseFile) -> Iterable[Difference]:
    """Compare how far the reads came: a draft that was decided on has come as far as one that waits."""
    came = [_came(file) for file in (before, after)]
    if came[0] != came[1]:
        yield Difference(part="status", what="the case", before=came[0], after=came[1])


def _came(file: CaseFile) -> str:
    refusal = file.gate.refusal if file.gate else None
    return f"refused: {refusal.reason}" if refusal else "drafted" if file.draft else file.status


def _parts(before: CaseFile, after: CaseFile) -> Iterable[Difference]:
    yield from _differing("finding", _findings(before), _findings(after))
    yield from _differing("conflict", _conflicts(before), _conflicts(after))
    yield from _differing("alert", _alerts(before), _alerts(after))
    yield from _differing("failure", _failures(before), _failures(after))
    yield from _differing("sentence", _sentences(before), _sentences(after))
    yield from _differing("withheld", _withheld(before), _withheld(after))


def _differing(part: Part, before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[Difference]:
    for what in dict.fromkeys((*before, *after)):
        if before.get(what) != after.get(what):
            yield Difference(part=part, what=what, before=before.get(what), after=after.get(what))


def _findings(file: CaseFile) -> dict[str, str]:
    return {finding.label: _finding(finding) for finding in file.findings}


def _finding(finding: Finding) -> str:
    parts = (finding.laterality, finding.severity, finding.location, finding.change)
    chance = None if finding.probability is None else f"{finding.probability:.3f}"
    supported = "supported" if finding.supported else None
    return ", ".join(part for part in (finding.status.replace("_", " "), *parts, chance, supported) if part)


def _conflicts(file: CaseFile) -> dict[str, str]:
    return {f"{conflict.rule}: {conflict.message}": _settled(conflict) for conflict in file.conflicts}


def _settled(conflict: Conflict) -> str:
    note = f" ({conflict.resolution_note})" if conflict.resolution_note else ""
    return f"{conflict.severity}, {conflict.resolution}{note}"


def _alerts(file: CaseFile) -> dict[str, str]:
    return {" ".join(filter(None, (alert.laterality, alert.label))): alert.message for alert in file.alerts}


def _failures(file: CaseFile) -> dict[str, str]:
    return {item.tool: item.kind.replace("_", " ") for item in file.failures}


def _sentences(file: CaseFile) -> dict[str, str]:
    """Map section and sentence to what it cites: evidence of the same content has the same id in every read."""
    sections = file.draft.sections if file.draft else {}
    return {
        f"{section}: {statement.text}": f"cites {', '.join(sorted(statement.citations))}"
        for section, statements in sections.items()
        for statement in statements
    }


def _withheld(file: CaseFile) -> dict[str, str]:
    return {item.statement.text: "withheld" for item in (file.draft.withheld if file.draft else ())}
