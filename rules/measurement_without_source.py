"""A number with a unit in a sentence needs a measurement behind it."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Measurement, Severity, Trust
from overread.rules._claims import claims_heard
from overread.rules._numbers import numbers_said
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class MeasurementWithoutSource:
    """Looks for lengths, ratios and percentages in a report model's sentences that no measurement bears out."""

    id = "measurement_without_source"
    severity: Severity = "warn"
    describe = "A sentence gives a number that no tool measured."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look for numbers of which no tool measured the like (`_numbers`); a conflict cites the sentence.

        A number that was measured otherwise is for `hallucinated_measurement`.
        """
        measured = [item.payload for item in evidence.all() if isinstance(item.payload, Measurement)]
        for item, text in claims_heard(case, evidence, trust):
            for said in numbers_said(text, measured):
                if not said.right and not said.known:
                    message = f"The {item.tool} gives '{said.words}'; no tool measured it."
                    yield Conflict.of(self.id, self.severity, message, evidence_ids=(item.id,))


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return MeasurementWithoutSource()


def bad_example() -> Example:
    """The size of a nodule that nobody measured."""
    return _example("There is a 2.3 cm nodule in the right upper zone.")


def good_example() -> Example:
    """The ratio that was measured."""
    return _example("Cardiothoracic ratio of 0.54.")


def _example(text: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim, make_ratio

    ratio = make_evidence(make_ratio(0.541), tool="segmentation")
    return make_case(), (), EvidenceIndex([ratio, make_evidence(make_claim(text), tool="report")])
