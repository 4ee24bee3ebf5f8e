"""A report's impression may not contradict its findings."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote
from overread.reasoning.questions import ask_about
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
NORMAL = "No Finding"
NOT_DISEASE = (NORMAL, "Support Devices")


class ImpressionVsFindings:
    """Compares the two sections of one tool's report; what other tools say does not count."""

    id = "impression_vs_findings"
    severity: Severity = "block"
    describe = "The report model's impression says the opposite of its findings."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare what a tool's findings say of a label with what its impression says; a conflict cites both sections.

        Findings that are not of one mind about a label contradict nothing, nor does an impression that leaves it
        out; one that says "No Finding" denies every disease. An absence on one side only does not count.
        """
        heard = {(vote.tool, vote.label) for vote in votes_in(case, evidence.all(), trust)}
        # One that contradicts itself is held to its own words, where any of them has a vote.
        votes = [v for v in votes_in(case, evidence.all()) if v.kind == "claim" and _is_heard(v, heard)]
        for tool in sorted({vote.tool for vote in votes}):
            above = [vote for vote in votes if (vote.tool, vote.section) == (tool, "findings")]
            below = [vote for vote in votes if (vote.tool, vote.section) == (tool, "impression")]
            for label in sorted({vote.label for vote in above} - {NORMAL}):
                against = _against([vote for vote in above if vote.label == label], below)
                if against:
                    yield self._conflict(label, [vote for vote in above if vote.label == label], against)

    def _conflict(self, label: str, above: Sequence[Vote], below: Sequence[Vote]) -> Conflict:
        said = next(vote.status for vote in above if vote.whole)
        instead = below[0].status if below[0].label != NORMAL else "absent"
        return Conflict.of(
            self.id,
            self.severity,
            f"{label}: the {above[0].tool} says {said} in its findings and {instead} in its impression.",
            label=label,
            evidence_ids=tuple(dict.fromkeys(vote.evidence_id for vote in (*above, *below))),
            question=ask_about(label),
        )


def _is_heard(vote: Vote, heard: set[tuple[str, str]]) -> bool:
    return vote.label == NORMAL or (vote.tool, vote.label) in heard


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return ImpressionVsFindings()


def bad_example() -> Example:
    """The findings deny an effusion, the impression names one."""
    return _example("Small pleural effusion.", "present")


def good_example() -> Example:
    """Findings and impression both deny it."""
    return _example("No pleural effusion.", "absent")


def _example(impression: str, status: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("No pleural effusion.", "Pleural Effusion", "absent"),
        make_claim(
            impression, "Pleural Effusion", "present" if status == "present" else "absent", section="impression"
        ),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _against(above: Sequence[Vote], below: Sequence[Vote]) -> list[Vote]:
    """Give the impression's votes against all that the findings say of a label; a normal impression denies disease."""
    said = {vote.status for vote in above if vote.whole}
    if len(said) != 1:
        return []
    opposite = {"present": "absent", "absent": "present"}.get(said.pop())
    same = [vote for vote in below if vote.label == above[0].label and vote.whole and vote.status == opposite]
    normal = [vote for vote in below if vote.label == NORMAL and vote.status == "present"]
    return same or (normal if opposite == "absent" and above[0].label not in NOT_DISEASE else [])
