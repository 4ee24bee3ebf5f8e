"""A number with a unit in a sentence needs a measurement behind it."""

import re
from collections.abc import Iterable, Sequence

from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Measurement, Severity, Trust
from overread.rules._claims import claims_heard
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]

_NUMBER = r"(?P<value>\d+(?:\.\d+)?)"
_LENGTH = re.compile(rf"{_NUMBER}\s*-?\s*(?P<unit>mm|cm|millimet(?:er|re)s?|centimet(?:er|re)s?)\b", re.I)
_RATIO = re.compile(rf"\b(?:cardiothoracic\s+ratio|CTR)\b[^.\d]{{0,30}}{_NUMBER}(?P<share>\s*%)?", re.I)
_SHARE = re.compile(rf"{_NUMBER}\s*(?P<share>%)")
IN_MM = {"m": 1.0, "c": 10.0}


class MeasurementWithoutSource:
    """Looks for lengths, ratios and percentages in a report model's sentences that no measurement bears out."""

    id = "measurement_without_source"
    severity: Severity = "warn"
    describe = "A sentence gives a number that no tool measured."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare each sentence's numbers with all measurements of the case; a conflict cites the sentence.

        A length in mm or cm may be 5 % off a measured one, a cardiothoracic ratio or a percentage 0.01 off a
        measured ratio. Percentages are not tested in a sentence that states a ratio.
        """
        measured = [item.payload for item in evidence.all() if isinstance(item.payload, Measurement)]
        for item, text in claims_heard(case, evidence, trust):
            for words in _numbers_without(text, measured):
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {item.tool} gives '{words}'; no tool measured it.",
                    evidence_ids=(item.id,),
                )


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


def _numbers_without(text: str, measured: Sequence[Measurement]) -> Iterable[str]:
    lengths = {_in_mm(one.value, one.unit) for one in measured if one.unit in ("mm", "cm")}
    ratios = {one.value for one in measured if one.unit == "1"}
    for found in _LENGTH.finditer(text):
        said = _in_mm(float(found["value"]), found["unit"].lower())
        if not any(abs(said - known) <= 0.05 * known for known in lengths):
            yield found.group().strip()
    for found in _RATIO.finditer(text) if _RATIO.search(text) else _SHARE.finditer(text):
        share = float(found["value"]) / (100 if found["share"] else 1)
        if not any(abs(share - known) <= 0.01 for known in ratios):
            yield found.group().strip()


def _in_mm(value: float, unit: str) -> float:
    return value * IN_MM["c" if unit.startswith("c") else "m"]
