"""The sentences of report models that a rule compares: of a model without a vote there is nothing to contradict."""

from collections.abc import Iterator

from overread.ports import EvidenceIndex
from overread.reasoning.votes import may_speak
from overread.records import Case, Claim, Evidence, Trust


def claims_heard(case: Case, evidence: EvidenceIndex, trust: Trust | None) -> Iterator[tuple[Evidence, str]]:
    """Give each claim with its text, of tools that were measured to be worth hearing; of all without figures."""
    for item in evidence.all():
        if isinstance(item.payload, Claim) and may_speak(case, item.tool, trust):
            yield item, item.payload.text


def is_heard_of(case: Case, tool: str, label: str, trust: Trust | None) -> bool:
    """Say whether a tool was measured on this label and this kind of study; yes without figures."""
    return trust is None or trust.on(case.study).of(tool, label) is not None


def anything_of(evidence: EvidenceIndex) -> tuple[str, ...]:
    """Give what a conflict cites that is about no picture: the first value of the header, else the first evidence."""
    header = tuple(item.id for item in evidence.of_tool("header"))[:1]
    return header or tuple(item.id for item in evidence.all())[:1]
