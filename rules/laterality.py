"""A finding may not be on the left for one and on the right for another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote
from overread.reasoning.questions import ask_about
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Laterality, Severity, Trust
from overread.rules._opposition import Pair, oppositions, tools_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
Speaker = tuple[str, str | None]
"""A tool, and for a report the section: its findings and its impression are two voices."""
BOTH = frozenset({"left", "right"})


class LateralityRule:
    """Compares the sides that speakers give to one label; one who names both sides agrees with everybody."""

    id = "laterality"
    severity: Severity = "block"
    describe = "One source puts a finding on the left, another on the right."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare who says left only with who says right only, label by label; a conflict cites all of them.

        Absences, and labels that have no side, are left out; an answer counts only where nothing else clashes.
        """
        votes = [vote for vote in votes_in(case, evidence.all(), trust) if vote.status != "absent" and vote.laterality]
        for said in oppositions([vote for vote in votes if TERMS[vote.label].sided], _clash):
            message = (
                f"{said.label}: left according to {tools_of(said.one)}, right according to {tools_of(said.other)}."
            )
            yield said.conflict(self, message, ask_about(said.label, "left"))


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return LateralityRule()


def bad_example() -> Example:
    """Findings on the left, impression on the right."""
    return _example("left", "right")


def good_example() -> Example:
    """Findings and impression on the left."""
    return _example("left", "left")


def _example(in_findings: Laterality, in_impression: Laterality) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim(f"There is a {in_findings} pleural effusion.", "Pleural Effusion", "present", in_findings),
        make_claim(
            f"Effusion on the {in_impression}.", "Pleural Effusion", "present", in_impression, section="impression"
        ),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _clash(votes: Sequence[Vote]) -> Pair | None:
    """Give the votes of those that say left only and of those that say right only; both sides at once is no clash."""
    by_speaker: dict[Speaker, list[Vote]] = defaultdict(list)
    for vote in votes:
        by_speaker[vote.tool, vote.section].append(vote)
    left = [vote for said in by_speaker.values() if _sides(said) == {"left"} for vote in said]
    right = [vote for said in by_speaker.values() if _sides(said) == {"right"} for vote in said]
    return (left, right) if left and right else None


def _sides(votes: Sequence[Vote]) -> frozenset[str]:
    sides = {vote.laterality for vote in votes if vote.laterality}
    return BOTH if "bilateral" in sides else frozenset(sides)
