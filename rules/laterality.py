"""A finding may not be on the left for one and on the right for another."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.questions import ask_about
from overread.records import Case, Conflict, Finding, Laterality, Severity
from overread.settings import Settings
from overread.vocabulary import TERMS
from overread.votes import Vote, votes_in

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
Speaker = tuple[str, str | None]
"""A tool, and for a report the section: its findings and its impression are two voices."""
BOTH = frozenset({"left", "right"})


class LateralityRule:
    id = "laterality"
    severity: Severity = "block"
    describe = "One source puts a finding on the left, another on the right."

    def check(self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex) -> Iterable[Conflict]:
        votes = [vote for vote in votes_in(case, evidence.all()) if vote.status != "absent" and vote.laterality]
        for label in sorted({vote.label for vote in votes if TERMS[vote.label].sided}):
            said = [vote for vote in votes if vote.label == label]
            told = [vote for vote in said if vote.kind != "answer"]
            clash = _clash(told) or _clash(said)
            if clash:
                left, right = clash
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"{label}: left according to {_names(left)}, right according to {_names(right)}.",
                    label=label,
                    evidence_ids=tuple(dict.fromkeys(vote.evidence_id for vote in (*left, *right))),
                    question=ask_about(label, "left"),
                )


def build(settings: Settings) -> Rule:
    return LateralityRule()


def bad_example() -> Example:
    """Findings on the left, impression on the right."""
    return _example("left", "right")


def good_example() -> Example:
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


def _clash(votes: Sequence[Vote]) -> tuple[list[Vote], list[Vote]] | None:
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


def _names(votes: Sequence[Vote]) -> str:
    return " and ".join(sorted({vote.tool for vote in votes}))
