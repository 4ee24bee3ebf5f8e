"""Two tools may not say the opposite of one label."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote
from overread.reasoning.questions import ask_about
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.rules._opposition import Pair, oppositions, tools_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class Polarity:
    """Compares what different tools say of a label as a whole: present or absent."""

    id = "polarity"
    severity: Severity = "warn"
    describe = "One tool says a label is present, another says it is absent."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the tools that say present with those that say absent, by label; a conflict cites both sides.

        Measurements, scores that were never calibrated and absences on one side are left out; an answer counts
        only where nothing else clashes. A tool against itself is no conflict here.
        """
        votes = [vote for vote in votes_in(case, evidence.all(), trust) if vote.whole and _counts(vote)]
        for said in oppositions(votes, _opposed):
            message = f"{said.label}: {tools_of(said.one)} says present, {tools_of(said.other)} says absent."
            yield said.conflict(self, message, ask_about(said.label))


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return Polarity()


def bad_example() -> Example:
    """A score that sees an effusion, a report that denies it."""
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim, make_score

    seen = make_evidence(make_score("Pleural Effusion", 0.9))
    denied = make_claim("No pleural effusion.", "Pleural Effusion", "absent")
    return make_case(), (), EvidenceIndex([seen, make_evidence(denied, tool="report")])


def good_example() -> Example:
    """Both see it; that one abstains elsewhere is no contradiction."""
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim, make_score

    seen = make_evidence(make_score("Pleural Effusion", 0.9))
    unsure = make_evidence(make_score("Edema", 0.5, band=(0.4, 0.6)))
    claims = [make_claim("Effusion.", "Pleural Effusion"), make_claim("No edema.", "Edema", "absent")]
    return make_case(), (), EvidenceIndex([seen, unsure, *(make_evidence(claim, tool="report") for claim in claims)])


def _opposed(votes: Sequence[Vote]) -> Pair | None:
    """Give those for and against, when some tool stands against another; a tool against itself is another rule's."""
    present = [vote for vote in votes if vote.status == "present"]
    absent = [vote for vote in votes if vote.status == "absent"]
    opposed = any(one.tool != other.tool for one in present for other in absent)
    return (present, absent) if opposed else None


def _counts(vote: Vote) -> bool:
    """A measurement has its own rule, and a prompt that was never fitted contradicts nobody."""
    return vote.fitted and vote.kind != "measurement"
