"""What a consistency rule must be, and the evidence that it is handed."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

from overread.records import (
    Case,
    Conflict,
    Evidence,
    Finding,
    Severity,
    Trust,
)


class EvidenceIndex:
    """The evidence of one case, by id and by tool."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        self._by_id = {item.id: item for item in evidence}

    def __contains__(self, identity: str) -> bool:
        return identity in self._by_id

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, identity: str) -> Evidence | None:
        """Give evidence by its id, None when the case has none of that id."""
        return self._by_id.get(identity)

    def all(self) -> tuple[Evidence, ...]:
        """Give all evidence, each id once, in the order it was handed in."""
        return tuple(self._by_id.values())

    def of_tool(self, tool: str) -> tuple[Evidence, ...]:
        """Give the evidence of one tool, in the order it was handed in."""
        return tuple(item for item in self._by_id.values() if item.tool == tool)

    def behind(self, finding: Finding) -> tuple[Evidence, ...]:
        """Give the evidence for and against a finding."""
        ids = (*finding.evidence_ids, *finding.against_ids)
        return tuple(self._by_id[identity] for identity in ids if identity in self._by_id)


@runtime_checkable
class Rule(Protocol):
    """A consistency rule: pure, fast, silent when there is nothing to compare."""

    @property
    def id(self) -> str:
        """Name the rule as its file is named: the settings disable it by this name, and its conflicts carry it."""

    @property
    def severity(self) -> Severity:
        """Say how grave each of its conflicts is."""

    @property
    def describe(self) -> str:
        """Say what the rule finds, in one sentence with a full stop."""

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Give a conflict for each contradiction that the rule looks for; the same case has the same conflicts.

        `evidence` holds all that the tools saw, `trust` who was measured and so has a vote; None = everybody has one.
        A conflict carries the rule's own id and severity, is open, and cites
        evidence of this case; without evidence there is none. Nothing catches what a rule raises: the case fails.
        """
