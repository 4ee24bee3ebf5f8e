"""A confident voice needs a picture of the kind that it was measured on."""

from collections.abc import Iterable, Iterator, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote, is_seen_here
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Evidence, Finding, Measurement, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
DOUBTFUL = 0.8
"""Share of the gate's own threshold from which a picture that it let through is doubtful."""
LEAST_CHEST = 0.5
"""Probability of a chest below which it is doubtful."""
SURE = 0.9
"""Probability from which a score is confident that a label is there; of absence, below its counterpart."""


class OutOfDistribution:
    """Reads what the quality tool says of the picture as a whole, and looks for scores that are sure all the same."""

    id = "out_of_distribution"
    severity: Severity = "warn"
    describe = "The picture is unlike what the models were measured on, and a score is confident."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look at `out_of_distribution` against its threshold and at `body_part_chest`, then at calibrated scores.

        What lies beyond the threshold the gate refuses; here is what lies just below. A conflict cites the figures and
        the confident scores.
        """
        doubts = tuple(item.id for item in evidence.all() if is_seen_here(case, item) and _is_doubtful(item))
        sure = list(_confident(votes_in(case, evidence.all(), trust)))
        if doubts and sure:
            labels = ", ".join(sorted({vote.label for vote in sure}))
            yield Conflict.of(
                self.id,
                self.severity,
                f"The picture is unlike the films that the models were measured on, and scores are sure ({labels}).",
                evidence_ids=tuple(dict.fromkeys((*doubts, *(vote.evidence_id for vote in sure)))),
            )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return OutOfDistribution()


def bad_example() -> Example:
    """Just within the gate, and an effusion of 0.97."""
    return _example(0.46)


def good_example() -> Example:
    """A picture like the others."""
    return _example(0.02)


def _example(far: float) -> Example:
    from overread.testing.doubles import make_case, make_evidence, make_provenance
    from overread.testing.doubles.payloads import make_score

    measured = Measurement(name="out_of_distribution", value=far, unit="1", method="double")
    made = make_provenance("quality", parameters={"threshold": 0.5})
    seen = make_evidence(measured, tool="quality", provenance=made)
    return make_case(), (), EvidenceIndex([seen, make_evidence(make_score("Pleural Effusion", 0.97))])


def _is_doubtful(item: Evidence) -> bool:
    measured = item.payload
    if not isinstance(measured, Measurement):
        return False
    threshold = item.provenance.parameters.get("threshold")
    if measured.name == "out_of_distribution" and isinstance(threshold, int | float):
        return measured.value >= DOUBTFUL * threshold
    return measured.name == "body_part_chest" and measured.value < LEAST_CHEST


def _confident(votes: Iterable[Vote]) -> Iterator[Vote]:
    for vote in votes:
        sure = vote.probability is not None and max(vote.probability, 1 - vote.probability) >= SURE
        if vote.kind == "score" and sure and vote.status in ("present", "absent"):
            yield vote
