"""A sentence of a report model needs something else that saw the same."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.questions import ask_about
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class UnsupportedClaim:
    """Looks for labels that are present by the word of a report model alone."""

    id = "unsupported_claim"
    severity: Severity = "warn"
    describe = "The report model says a label is present and nothing that looks at the pixels itself speaks of it."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the labels that sentences assert with all other votes; a conflict cites the sentences left alone.

        An answer is no support. Any other vote is, even one against: that is a matter for other rules.
        """
        votes = [vote for vote in votes_in(case, evidence.all(), trust) if vote.label != "No Finding"]
        claims = [vote for vote in votes if vote.status == "present" and vote.kind == "claim"]
        for label in sorted({vote.label for vote in claims}):
            # An answer is no support: report and VQA may be one model, and agreement alone is not proof.
            if any(vote.label == label and vote.kind not in ("claim", "answer") for vote in votes):
                continue
            said = [vote for vote in claims if vote.label == label]
            sides = {vote.laterality for vote in said}
            yield Conflict.of(
                self.id,
                self.severity,
                f"{label}: only {' and '.join(sorted({vote.tool for vote in said}))} says it is present.",
                label=label,
                evidence_ids=tuple(dict.fromkeys(vote.evidence_id for vote in said)),
                question=ask_about(label, sides.pop() if len(sides) == 1 else None),
            )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return UnsupportedClaim()


def bad_example() -> Example:
    """A sentence names a fracture, and nothing else speaks of it."""
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claim = make_claim("There is a rib fracture.", "Fracture")
    return make_case(), (), EvidenceIndex([make_evidence(claim, tool="report")])


def good_example() -> Example:
    """A score saw it too."""
    from overread.testing.doubles import make_evidence
    from overread.testing.doubles.payloads import make_score

    case, findings, claims = bad_example()
    return case, findings, EvidenceIndex([*claims.all(), make_evidence(make_score("Fracture", 0.8))])
