"""A number in a sentence must be the one that was measured."""

from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Evidence, Finding, Measurement, Severity, Trust
from overread.rules._claims import claims_heard
from overread.rules._numbers import IN_MM, LENGTHS, numbers_said
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]


class HallucinatedMeasurement:
    """Compares numbers of a report model's sentences with measurements of the same thing that say otherwise."""

    id = "hallucinated_measurement"
    severity: Severity = "warn"
    describe = "A sentence gives another number than the tool that measured it."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look for numbers that a measurement of the same thing does not bear out (`_numbers`).

        A conflict cites the sentence and the measurements. A number of which nothing was measured is for
        `measurement_without_source`.
        """
        measuring = [item for item in evidence.all() if isinstance(item.payload, Measurement)]
        measured = [item.payload for item in measuring if isinstance(item.payload, Measurement)]
        for item, text in claims_heard(case, evidence, trust):
            for said in numbers_said(text, measured):
                if said.known and not said.right:
                    yield Conflict.of(
                        self.id,
                        self.severity,
                        f"The {item.tool} gives '{said.words}'; what was measured is another value.",
                        evidence_ids=(item.id, *(each.id for each in measuring if _value(each) in said.known)),
                    )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return HallucinatedMeasurement()


def bad_example() -> Example:
    """A ratio of 0.61 where 0.46 was measured."""
    return _example("Cardiothoracic ratio of 0.61.")


def good_example() -> Example:
    """The ratio that was measured."""
    return _example("Cardiothoracic ratio of 0.46.")


def _example(text: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim, make_ratio

    ratio = make_evidence(make_ratio(0.46), tool="segmentation")
    return make_case(), (), EvidenceIndex([ratio, make_evidence(make_claim(text), tool="report")])


def _value(item: Evidence) -> float | None:
    """Give a measured value as it is compared: a length in millimetres, another as it stands."""
    one = item.payload
    if not isinstance(one, Measurement):
        return None
    return one.value * IN_MM[one.unit[0]] if one.unit in LENGTHS else one.value
