"""The impression: urgent results, the answer to the order, what is there and what may be, in at most a few lines."""

from collections.abc import Sequence

from overread.agents._draft_inputs import DraftInputs
from overread.agents._feedback import Feedback, statement
from overread.agents._limits import unassessed
from overread.agents._phrases import ORDER, WORDINGS, capital, listed, named
from overread.agents._sentences import finding_wordings, impression_wordings, negative_wordings, said_side, stands_alone
from overread.agents.planner import labels_of_order
from overread.protocols.chest_radiograph import NOTHING
from overread.reasoning.merging import CORE
from overread.reasoning.vocabulary import TERMS
from overread.records import Finding, RuleVerdict, Statement

MOST_LINES = 5
NO_STATEMENT = "The models give no basis for an overall statement."


def impression(
    inputs: DraftInputs, said: Feedback, withdrawn: Sequence[str], normal: str | None = NOTHING
) -> tuple[Statement, ...]:
    """Write at most MOST_LINES lines: urgent results, the answer to the order, what is present, what is possible."""
    told = [f for f in inputs.in_order() if _belongs(inputs, f) and f.label not in withdrawn]
    told.sort(key=lambda finding: _rank(inputs, finding))
    apart = [finding for finding in told if finding.status != "uncertain" or _is_urgent(inputs, finding)]
    possible = [finding for finding in told if finding not in apart]
    answers = _answers(inputs, said, told)
    room = MOST_LINES - len(answers) - bool(possible)
    lines = _apart(inputs, said, apart, max(room, 1))
    lines += _possible(inputs, said, possible)
    before = 1 if told and _is_urgent(inputs, told[0]) else 0
    return (*lines[:before], *answers, *lines[before:]) or _overall(inputs, said, normal)


def _apart(inputs: DraftInputs, said: Feedback, findings: Sequence[Finding], room: int) -> list[Statement]:
    """Give each finding a line of its own, the last ones a line together where there is no room."""
    own, rest = (findings, ()) if len(findings) <= room else (findings[: room - 1], findings[room - 1 :])
    lines = [line for f in own if (line := _line(inputs, said, f)) is not None]
    if rest:
        lines += _one(said, together(inputs, rest), rest)
    return lines


def _possible(inputs: DraftInputs, said: Feedback, findings: Sequence[Finding]) -> list[Statement]:
    """Name everything that is only possible in one line."""
    if len(findings) <= 1:
        return [line for f in findings if (line := _line(inputs, said, f)) is not None]
    return _one(said, together(inputs, findings), findings)


def _line(inputs: DraftInputs, said: Feedback, finding: Finding) -> Statement | None:
    """Give a finding's line; where a person put the finding in their own words, these."""
    wordings = impression_wordings(inputs, finding)
    for described in finding_wordings(inputs, finding):
        if described.id in said.edits:
            own = statement("impression", said.edits[described.id], described.citations, described.finding_ids)
            wordings = (*([own] if own else []), *wordings)
    return said.choose("impression", wordings)


def _one(said: Feedback, text: str, findings: Sequence[Finding]) -> list[Statement]:
    cited = [identity for finding in findings for identity in finding.evidence_ids]
    made = statement("impression", text, cited, [finding.id for finding in findings])
    chosen = said.choose("impression", [made] if made else [])
    return [chosen] if chosen else []


def _answers(inputs: DraftInputs, said: Feedback, told: Sequence[Finding]) -> list[Statement]:
    """Answer what the order asks about and no other line tells: denied, or not assessed."""
    asked = [f for label in labels_of_order(inputs.case) if (f := inputs.finding(label)) and f not in told]
    absent = [finding for finding in asked if finding.status == "absent"]
    unknown = [finding for finding in asked if finding.status == "not_assessed" and finding.label in WORDINGS]
    wordings: list[Sequence[Statement]] = []
    if absent:
        wordings.append(negative_wordings(inputs, absent, "impression"))
    if unknown:
        labels = [finding.label for finding in unknown]
        made = statement("impression", unanswered(labels), unassessed(inputs, labels))
        wordings.append([made] if made else [])
    chosen = (said.choose("impression", each) for each in wordings)
    return [line for line in chosen if line is not None]


def unanswered(labels: Sequence[str]) -> str:
    """Say that labels of the order, at least one, were not assessed."""
    return f"Not assessed: {listed([WORDINGS[label].noun for label in labels], 'and')}, which the order asks about."


def together(inputs: DraftInputs, findings: Sequence[Finding]) -> str:
    """Name several findings in one line."""
    doubt = {"uncertain": "possible "}
    told = "; ".join(f"{doubt.get(f.status, '')}{named(f.label, said_side(inputs, f))}" for f in findings)
    return f"{capital(told)}."


def _overall(inputs: DraftInputs, said: Feedback, normal: str | None) -> tuple[Statement, ...]:
    """Say that nothing was found only when every core label was assessed and nothing is contested."""
    none = inputs.finding("No Finding")
    waiting = any(conflict.label and conflict.resolution == "open" for conflict in inputs.conflicts)
    why_not = (*unassessed(inputs, (*CORE, "No Finding")), *inputs.facts(RuleVerdict))
    wordings = [statement("impression", NO_STATEMENT, why_not)]
    if normal is not None and none is not None and none.status == "present" and not waiting:
        wordings.insert(0, statement("impression", normal, inputs.clean(none.evidence_ids), (none.id,)))
    chosen = said.choose("impression", [item for item in wordings if item is not None])
    return (chosen,) if chosen else ()


def _belongs(inputs: DraftInputs, finding: Finding) -> bool:
    if finding.label == "Support Devices" or inputs.covered(finding):
        return False
    urgent = TERMS[finding.label].critical is not None and stands_alone(inputs, finding)
    return finding.status in ("present", "uncertain") or urgent or finding.change == "resolved"


def _is_urgent(inputs: DraftInputs, finding: Finding) -> bool:
    return any(alert.label == finding.label for alert in inputs.alerts)


def _rank(inputs: DraftInputs, finding: Finding) -> tuple[bool, bool, int, int, int]:
    """Order: alerted, asked about, present before denied before possible, the more critical, then by system."""
    status = {"present": 0, "absent": 1, "uncertain": 2}[finding.status]
    asked = finding.label in labels_of_order(inputs.case)
    critical = TERMS[finding.label].critical or 9
    return not _is_urgent(inputs, finding), not asked, status, critical, ORDER.index(finding.label)
