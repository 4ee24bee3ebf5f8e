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
