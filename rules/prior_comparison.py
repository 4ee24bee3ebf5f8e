"""Nothing may be compared with a prior that is not there, or that is another patient's."""

from collections.abc import Iterable, Sequence

from overread.labeler.comparison import comparison_words
from overread.ports import EvidenceIndex, Rule
from overread.reasoning.priors import comparable_priors, is_foreign
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.rules._claims import claims_heard
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class PriorComparison:
    """Looks for words of comparison where no prior is known to be of this patient, and for priors that are not."""

    id = "prior_comparison"
    severity: Severity = "warn"
    describe = "A sentence compares with an earlier study although none of this patient is at hand."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare each sentence's words with the priors at hand; a conflict cites the sentence.

        A prior not known to be of this patient is a conflict too, of severity `block`; it cites the first value of
        the header, or else the first evidence.
        """
        yield from _foreign_priors(self.id, case, evidence)
        if comparable_priors(case):
            return
        for item, text in claims_heard(case, evidence, trust):
            if words := comparison_words(text):
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {item.tool} compares ('{words[0].lower()}') without a prior study of this patient.",
                    evidence_ids=(item.id,),
                )


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


def _foreign_priors(rule: str, case: Case, evidence: EvidenceIndex) -> Iterable[Conflict]:
    """Name a prior of another patient; the header of the image at hand says whose study this is."""
    header = tuple(item.id for item in evidence.of_tool("header"))[:1]
    cited = header or tuple(item.id for item in evidence.all())[:1]
    if cited and any(is_foreign(case, prior) for prior in case.priors):
        yield Conflict.of(
            rule, "block", "A prior is not known to be of this patient and was not compared.", evidence_ids=cited
        )
