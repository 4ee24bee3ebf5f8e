"""What is said of the heart's size must fit the measured cardiothoracic ratio."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO, Vote
from overread.reasoning.questions import ask_about
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Finding, Measurement, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
LABEL = "Cardiomegaly"


class CardiothoracicRatio:
    """Reads the ratio by the limits for view and age (PA: Danzer 1919), and looks for those who say the opposite."""

    id = "cardiothoracic_ratio"
    severity: Severity = "warn"
    describe = "A score or a sentence about the heart's size contradicts the measured cardiothoracic ratio."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare each measured ratio with what is said of cardiomegaly; a conflict cites the ratio and all against it.

        Scores and sentences speak first, an answer only where none of them contradicts. A ratio that reads as
        uncertain, that has no vote, or to which no limit applies (a lateral view, an infant), contradicts nothing.
        """
        votes = [vote for vote in votes_in(case, evidence.all(), trust) if vote.label == LABEL]
        for vote in votes:
            item = evidence.get(vote.evidence_id)
            ratio = item.payload if item else None
            if item is None or not isinstance(ratio, Measurement) or ratio.name != CARDIOTHORACIC_RATIO:
                continue
            if against := _against(votes, vote.status):
                said = " and ".join(sorted({vote.tool for vote in against}))
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"Cardiothoracic ratio {ratio.value:.2f} reads as cardiomegaly {vote.status}, "
                    f"{said} says the opposite.",
                    label=LABEL,
                    evidence_ids=tuple(dict.fromkeys((item.id, *(vote.evidence_id for vote in against)))),
                    question=ask_about(LABEL),
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return CardiothoracicRatio()


def bad_example() -> Example:
    """A ratio of 0.58, and a sentence that calls the heart normal."""
    return _example(0.58)


def good_example() -> Example:
    """A ratio of 0.46, and the same sentence."""
    return _example(0.46)


def _example(ratio: float) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim, make_ratio

    normal = make_claim("The heart size is normal.", LABEL, "absent")
    items = (make_evidence(make_ratio(ratio), tool="segmentation"), make_evidence(normal, tool="report"))
    return make_case(), (), EvidenceIndex(items)


def _against(votes: Sequence[Vote], measured: str) -> list[Vote]:
    """Give the votes that contradict the ratio: sentences and scores first, answers only when they stand alone."""
    opposite = {"present": "absent", "absent": "present"}.get(measured)
    about = [vote for vote in votes if vote.status == opposite and vote.fitted]
    said = [vote for vote in about if vote.kind in ("score", "claim", "answer")]
    return [vote for vote in said if vote.kind != "answer"] or said
