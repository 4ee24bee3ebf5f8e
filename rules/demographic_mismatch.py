"""Age and sex that an order or a sentence speaks of must be those of the header."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from overread.labeler.people import described
from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Order, Severity, Study, Trust
from overread.rules._claims import anything_of, claims_heard
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
OFF_BY = 2.0
"""Years by which an age may be off: birthdays, and films that are read later. Of a child a year less."""
CHILD = 18.0


class DemographicMismatch:
    """Compares in bands and never names a value: a conflict says age or sex, not which."""

    id = "demographic_mismatch"
    severity: Severity = "block"
    describe = "The order, or a sentence, speaks of a patient of another age or sex than the header's."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare the order's texts, then each sentence; what the header does not state contradicts nothing.

        A conflict about a sentence cites it; one about the order cites the header, or else the first evidence.
        """
        cited = anything_of(evidence)
        apart = tuple(dict.fromkeys(word for text in _texts(case.order) for word in differing(text, case.study)))
        if cited and apart:
            yield self._conflict("The order", apart, cited)
        for item, text in claims_heard(case, evidence, trust):
            if apart := tuple(differing(text, case.study)):
                yield self._conflict(f"A sentence of the {item.tool}", apart, (item.id,))

    def _conflict(self, who: str, apart: tuple[str, ...], cited: tuple[str, ...]) -> Conflict:
        message = f"{who} speaks of a patient of another {' and '.join(apart)} than the header."
        return Conflict.of(self.id, self.severity, message, evidence_ids=cited)


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return DemographicMismatch()


def bad_example() -> Example:
    """The order's patient is a man of 45, the header's a girl of ten."""
    return _example(10.0, "F")


def good_example() -> Example:
    """They agree within a birthday."""
    return _example(46.0, "M")


def differing(text: str, study: Study) -> Iterator[str]:
    """Name what differs, `age` or `sex`, between a text and the header."""
    said, age = described(text), study.age_years
    if age is not None and said.ages:
        off = OFF_BY if age >= CHILD else OFF_BY / 2
        if not any(least - off <= age <= most + off for least, most in said.ages):
            yield "age"
    if study.sex in ("F", "M") and said.sexes and study.sex not in said.sexes:
        yield "sex"


def _texts(order: Order) -> Iterator[str]:
    for text in (order.indication, order.question, order.requested_procedure):
        if text:
            yield text


def _example(age: float, sex: Literal["F", "M"]) -> Example:
    from overread.testing.doubles import make_case, make_evidence, make_study
    from overread.testing.doubles.payloads import make_header

    study = make_study().model_copy(update={"age_years": age, "sex": sex})
    order = Order(indication="45-year-old man with cough.")
    return make_case(study, order=order), (), EvidenceIndex([make_evidence(make_header(), study, tool="header")])
