"""Findings as rows of a table: what, which side, how sure, who says so and who does not."""

from dataclasses import dataclass

from overread.reasoning.merging import NO_FINDING
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.reasoning.zones import NAMES
from overread.records import REVIEWER, CaseFile, Finding, Laterality, Score, Status, ZoneName
from overread.review.formatting import certainty_words

ORDER: tuple[Status, ...] = ("present", "uncertain", "absent", "not_assessed")


@dataclass(frozen=True)
class FindingView:
    """One row of the findings table."""

    id: str
    label: str
    code: str
    status: Status
    side: Laterality | None
    zone: ZoneName | None
    place: str | None
    """Side or zone, in words."""
    sided: bool
    """True where the label may have a side."""
    statement: str | None
    """The sentence that describes it, where it is decided; None where the draft says nothing of it."""
    decided: bool
    """True where a person decided it otherwise than the tools."""
    change: str | None
    """What became of it since the earlier study, in words."""
    probability: float | None
    certainty: str | None
    """Words for the probability; None when it is not calibrated."""
    supported: bool
    reason: str
    support: tuple[str, ...]
    against: tuple[str, ...]
    silent: tuple[str, ...]
    """Evidence about the label that has no vote."""
    tools: tuple[str, ...]
    conflict: bool
    """True when an open conflict is about this label."""
    critical: bool


def finding_views(file: CaseFile) -> tuple[FindingView, ...]:
    """Give the rows: present first, then uncertain, absent, not assessed; No Finding is the last of its kind."""
    findings = file.final.findings if file.final and file.final.findings else file.findings
    disputed = {conflict.label for conflict in file.conflicts if conflict.resolution == "open"}
    alerted = {alert.label for alert in file.alerts}
    ranked = sorted(findings, key=lambda finding: (ORDER.index(finding.status), finding.label == NO_FINDING))
    return tuple(_view(file, finding, finding.label in disputed, finding.label in alerted) for finding in ranked)


def hints_of(file: CaseFile) -> tuple[str, ...]:
    """Give evidence without a vote by whose own reading a critical finding would be there, most urgent first."""
    critical = sorted(
        (finding for finding in file.findings if TERMS[finding.label].critical),
        key=lambda finding: TERMS[finding.label].critical or 0,
    )
    raw = {(v.evidence_id, v.label) for v in votes_in(file.case, file.evidence) if v.status == "present"}
    hinting = (i for finding in critical for i in finding.silent_ids if (i, finding.label) in raw)
    return tuple(dict.fromkeys(hinting))


def _view(file: CaseFile, finding: Finding, disputed: bool, alerted: bool) -> FindingView:
    behind = {*finding.evidence_ids, *finding.against_ids}
    tools = dict.fromkeys(item.tool for item in file.evidence if item.id in behind)
    return FindingView(
        id=finding.id,
        label=finding.label,
        code=f"{finding.code.scheme} {finding.code.value}",
        status=finding.status,
        side=finding.laterality,
        zone=_zone(finding),
        place=finding.location or finding.laterality,
        sided=TERMS[finding.label].sided,
        statement=_described(file, finding),
        decided=REVIEWER in tools,
        change=finding.change.replace("_", " ") if finding.change and finding.change != "cannot_compare" else None,
        probability=finding.probability,
        certainty=_certainty(file, finding),
        supported=finding.supported,
        reason=finding.reason,
        support=finding.evidence_ids,
        against=finding.against_ids,
        silent=finding.silent_ids,
        tools=tuple(tools),
        conflict=disputed,
        critical=alerted,
    )


def _zone(finding: Finding) -> ZoneName | None:
    return next((name for name in NAMES if finding.location == f"{finding.laterality} {NAMES[name]}"), None)


def _described(file: CaseFile, finding: Finding) -> str | None:
    said = file.draft.sections.get("findings", ()) if file.draft else ()
    return next((statement.id for statement in said if finding.id in statement.finding_ids), None)


def _certainty(file: CaseFile, finding: Finding) -> str | None:
    """Put a probability into words only when the score that it comes from is calibrated."""
    if finding.probability is None:
        return None
    behind = {*finding.evidence_ids, *finding.against_ids}
    scores = [item.payload for item in file.evidence if item.id in behind and isinstance(item.payload, Score)]
    same = [score for score in scores if score.probability == finding.probability]
    return certainty_words(finding.probability) if same and all(score.calibrated for score in same) else None
