"""Evidence must be of this study, or of a prior that came with it."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class ForeignEvidence:
    """Looks up the image of each piece of evidence in the study and in all of its priors."""

    id = "foreign_evidence"
    severity: Severity = "block"
    describe = "A tool gave evidence of an image that is neither in the study nor in a prior."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the SOP Instance UID and frame of all evidence with the images at hand.

        One conflict for each tool, which cites everything that it gave of a strange image.
        """
        studies = (case.study, *(prior.study for prior in case.priors))
        for tool in sorted({item.tool for item in evidence.all()}):
            strange = tuple(
                item.id
                for item in evidence.of_tool(tool)
                if all(study.image(item.locator.sop_instance_uid, item.locator.frame) is None for study in studies)
            )
            if strange:
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {tool} gave {len(strange)} results of an image that is not in this case; they have no vote.",
                    evidence_ids=strange,
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return ForeignEvidence()


def bad_example() -> Example:
    """The tool answers about another study."""
    return _example(other_study=True)


def good_example() -> Example:
    """The tool answers about this study."""
    return _example(other_study=False)


def _example(*, other_study: bool) -> Example:
    from overread.testing.doubles import make_case, make_evidence, make_study
    from overread.testing.doubles.payloads import make_score

    seen = make_study(2, 9) if other_study else make_study()
    return make_case(), (), EvidenceIndex([make_evidence(make_score("Edema", 0.9), seen)])
