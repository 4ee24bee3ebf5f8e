"""Nothing may be compared with a prior that is not there or was not looked at, nor otherwise than the pictures show."""

from collections.abc import Iterable, Mapping, Sequence

from overread.labeler import assertions, comparison_words, courses_named
from overread.ports import EvidenceIndex, Rule
from overread.reasoning.change import contradicted, earlier_in
from overread.reasoning.citations import is_of_prior
from overread.reasoning.priors import comparable_priors, is_foreign
from overread.records import Case, Conflict, Course, Finding, Severity, Trust
from overread.rules._claims import claims_heard
from overread.settings import Settings

TOLD: tuple[Course, ...] = ("new", "increased", "unchanged", "decreased", "resolved")
Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class PriorComparison:
    """Looks for words of comparison that no two pictures bear out, and for priors not known to be of this patient."""

    id = "prior_comparison"
    severity: Severity = "warn"
    describe = "A sentence compares with an earlier study that is not at hand, or otherwise than the pictures show."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare each sentence's words with the priors at hand and what came of them; a conflict cites the sentence.

        A prior not known to be of this patient is a conflict too, of severity `block`; it cites the first value of
        the header, or else the first evidence. Where the signed report of the earlier study and the models' reading
        of its picture differ, both are cited.
        """
        yield from _foreign_priors(self.id, case, evidence)
        earlier = earlier_in(case, evidence.all(), trust)
        courses = {finding.label: finding.change for finding in findings if finding.change in TOLD}
        for item, text in claims_heard(case, evidence, trust):
            if is_of_prior(item, case) or not (words := comparison_words(text)):
                continue
            wrong = _without(case) if earlier is None else _otherwise(text, courses)
            if wrong is not None:
                message = f"The {item.tool} compares ('{words[0].lower()}') {wrong[0]}"
                yield Conflict.of(self.id, self.severity, message, label=wrong[1], evidence_ids=(item.id,))
        if earlier is None:
            return
        for finding in findings:
            if both := contradicted(earlier, finding.label):
                message = f"{finding.label}: the earlier report and the models' reading of the earlier picture differ."
                yield Conflict.of(self.id, self.severity, message, label=finding.label, evidence_ids=both)


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return PriorComparison()


def bad_example() -> Example:
    """A finding is called unchanged, and there is no prior."""
    return _example("Unchanged small left effusion.")


def good_example() -> Example:
    """A finding of old age is not a comparison with an old film."""
    return _example("Small left effusion, prior sternotomy.")


def _example(text: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    return make_case(), (), EvidenceIndex([make_evidence(make_claim(text, "Pleural Effusion"), tool="report")])


def _without(case: Case) -> tuple[str, None]:
    if comparable_priors(case):
        return "with an earlier study that was not laid under this one.", None
    return "without a prior study of this patient.", None


def _otherwise(text: str, courses: Mapping[str, Course | None]) -> tuple[str, str] | None:
    """Say where a sentence tells another course of a finding than the comparison of the pictures; None where not."""
    named = courses_named(text)
    for said in assertions(text) if named else ():
        if (course := courses.get(said.label)) is not None and course not in named:
            return f"otherwise than the two pictures, which show {said.label} {course}.", said.label
    return None


def _foreign_priors(rule: str, case: Case, evidence: EvidenceIndex) -> Iterable[Conflict]:
    """Name a prior of another patient; the header of the image at hand says whose study this is."""
    header = tuple(item.id for item in evidence.of_tool("header"))[:1]
    cited = header or tuple(item.id for item in evidence.all())[:1]
    if cited and any(is_foreign(case, prior) for prior in case.priors):
        yield Conflict.of(
            rule, "block", "A prior is not known to be of this patient and was not compared.", evidence_ids=cited
        )
