"""What the order asks about must have been assessed by somebody with a vote."""

from collections.abc import Iterable, Sequence

from overread.labeler.mentions import labels_named
from overread.ports import EvidenceIndex, Rule
from overread.reasoning.vocabulary import term
from overread.reasoning.votes import hear
from overread.records import Case, Conflict, Finding, Order, Severity, Trust
from overread.rules._claims import anything_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class UnansweredQuestion:
    """Looks up the labels that the order's question names among the votes and the findings."""

    id = "unanswered_question"
    severity: Severity = "warn"
    describe = "The order asks about a finding that no tool with a vote assessed."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look for a vote on each label that is asked about, and for a finding that is not "not assessed".

        A conflict cites what was said of the label without a vote, else the header, else the first evidence. A question
        that names no label is the planner's to tell.
        """
        heard = hear(case, evidence.all(), trust)
        status = {finding.label: finding.status for finding in findings}
        for label in _asked(case.order):
            voted = any(vote.label == label and vote.whole for vote in heard.votes)
            if status.get(label, "not_assessed") != "not_assessed" or (voted and label not in status):
                continue
            silent = tuple(dict.fromkeys(vote.evidence_id for vote in heard.silent if vote.label == label))
            if cited := silent or anything_of(evidence):
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The order asks about {term(label).noun}; no tool that was measured for it assessed it.",
                    label=label,
                    evidence_ids=cited,
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return UnansweredQuestion()


def bad_example() -> Example:
    """A pneumothorax is asked about, and only an effusion was scored."""
    return _example("Pleural Effusion")


def good_example() -> Example:
    """It was scored."""
    return _example("Pneumothorax")


def _asked(order: Order) -> tuple[str, ...]:
    return labels_named(" ".join(order.question.split())) if order.question else ()


def _example(scored: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_score

    case = make_case(order=Order(question="Is there a pneumothorax?"))
    return case, (), EvidenceIndex([make_evidence(make_score(scored, 0.2))])
