"""One finding may not be small for one and large for another."""

from collections.abc import Iterable, Sequence

from overread.labeler.severity import Grades, grades
from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.rules._speakers import clashes, named
from overread.rules._worded import Worded, evidence_of, worded
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
NO_SIZE = ("No Finding", "Support Devices", "Fracture")


class SeverityRule:
    """Compares the sizes that sections of a report, and answers, give to one finding; a step is no contradiction."""

    id = "severity"
    severity: Severity = "note"
    describe = "One source calls a finding small, another calls it large."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare small with large, label by label and side by side; a conflict cites both sentences.

        Moderate goes with both. Who speaks of a small and of a large one on the same side contradicts nobody.
        """
        said = [each for each in worded(case, evidence, trust) if each.vote.label not in NO_SIZE and grades(each.text)]
        for label, one, other in clashes(said, _apart):
            small, large = (one, other) if _range(one).most < _range(other).least else (other, one)
            yield Conflict.of(
                self.id,
                self.severity,
                f"{label}: small according to {named(small)}, large according to {named(large)}.",
                label=label,
                evidence_ids=evidence_of((*small, *large)),
            )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return SeverityRule()


def bad_example() -> Example:
    """A small effusion in the findings, a large one in the impression."""
    return _example("Large left pleural effusion.")


def good_example() -> Example:
    """A small effusion in both."""
    return _example("Small left pleural effusion.")


def _example(impression: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("There is a small left pleural effusion.", "Pleural Effusion", "present", "left"),
        make_claim(impression, "Pleural Effusion", "present", "left", section="impression"),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _apart(one: Sequence[Worded], other: Sequence[Worded]) -> bool:
    first, second = _range(one), _range(other)
    return first.most + 2 <= second.least or second.most + 2 <= first.least


def _range(said: Sequence[Worded]) -> Grades:
    """Give the least and the most that one speaker allows."""
    found = [grade for each in said if (grade := grades(each.text))]
    return Grades(min(grade.least for grade in found), max(grade.most for grade in found))
