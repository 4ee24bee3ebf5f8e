"""What was sent with the study must be of the same patient."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.rules._claims import anything_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
ALERT = "Identity alert"
"""Words of a note that images, an order, a prior or a later header may be of somebody else."""


class Identity:
    """Looks for the identity alerts that were noted when the case came in."""

    id = "identity"
    severity: Severity = "block"
    describe = "Images, an order or a prior that were sent with the study may be of another patient."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Give a conflict for each alert, in its own words, which name no value of a patient.

        It cites the first value of the header, which says whose study this is, or else the first evidence.
        """
        cited = anything_of(evidence)
        for note in dict.fromkeys(case.input_notes):
            if cited and ALERT.casefold() in note.casefold():
                yield Conflict.of(self.id, self.severity, note, evidence_ids=cited)


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return Identity()


def bad_example() -> Example:
    """The order is of another study."""
    return _example(f"{ALERT}: the order is of another accession number than the images and was not attached.")


def good_example() -> Example:
    """A note that is about no person."""
    return _example("A prior was not used: it is the study itself.")


def _example(note: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_header

    case = make_case().model_copy(update={"input_notes": (note,)})
    return case, (), EvidenceIndex([make_evidence(make_header(), tool="header")])
