"""Sources may not count one thing differently: one nodule here, several there."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from overread.labeler.counts import counts
from overread.ports import EvidenceIndex, Rule
from overread.records import Case, Conflict, Finding, Severity, Trust
from overread.rules._speakers import clashes, named
from overread.rules._worded import Worded, evidence_of, worded
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
COUNTED = ("Lung Lesion", "Fracture", "Support Devices")
PAIRED = ("Pleural Effusion", "Pneumothorax")
"""Of these there is one on each side at most: sides are counted, and one is not both."""


class Total(NamedTuple):
    """How many of a thing a speaker means at least and at most; None = no upper end."""

    least: int
    most: int | None


class CountRule:
    """Compares numbers and number words of sections and answers; "the nodule" counts nothing again."""

    id = "count"
    severity: Severity = "note"
    describe = "One source speaks of one of a thing, another of several."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare how many nodules, fractures and devices each speaker means; a conflict cites all their sentences.

        Several sentences of one speaker may be of one thing or of several. Of effusions and pneumothoraces the sides
        are counted: on one side for one, on both for another.
        """
        said = list(worded(case, evidence, trust))
        for label, one, other in clashes([each for each in said if each.vote.label in COUNTED], _apart):
            yield self._conflict(label, one, other, "do not count alike")
        for label, one, other in _unpaired([each for each in said if each.vote.label in PAIRED]):
            yield self._conflict(label, one, other, "speak of one side and of both sides")

    def _conflict(self, label: str, one: Sequence[Worded], other: Sequence[Worded], what: str) -> Conflict:
        return Conflict.of(
            self.id,
            self.severity,
            f"{label}: {named(one)} and {named(other)} {what}.",
            label=label,
            evidence_ids=evidence_of((*one, *other)),
        )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return CountRule()


def bad_example() -> Example:
    """One nodule in the findings, several in the impression."""
    return _example("Multiple lung nodules.")


def good_example() -> Example:
    """One nodule in both; the impression points back at it."""
    return _example("The lung nodule needs follow-up.")


def _example(impression: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("There is a nodule in the right upper zone.", "Lung Lesion"),
        make_claim(impression, "Lung Lesion", section="impression"),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)


def _apart(one: Sequence[Worded], other: Sequence[Worded]) -> bool:
    first, second = _totals(one), _totals(other)
    return any(_beyond(first[noun], second[noun]) for noun in first.keys() & second.keys())


def _beyond(one: Total, other: Total) -> bool:
    return (one.most is not None and one.most < other.least) or (other.most is not None and other.most < one.least)


def _totals(said: Sequence[Worded]) -> dict[str, Total]:
    """Give for each thing how many a speaker means: at least its largest number, at most the sum of all."""
    found: dict[str, Total] = {}
    for each in dict.fromkeys((each.vote.evidence_id, each.text) for each in said):
        for noun, least, most in counts(each[1]):
            before = found.get(noun, Total(0, 0))
            both = None if most is None or before.most is None else before.most + most
            found[noun] = Total(max(before.least, least), both)
    return found


def _unpaired(said: Sequence[Worded]) -> Iterable[tuple[str, Sequence[Worded], Sequence[Worded]]]:
    sided = [each for each in said if each.vote.laterality is not None]
    for label in sorted({each.vote.label for each in sided}):
        speakers: dict[object, list[Worded]] = {}
        for each in sided:
            if each.vote.label == label:
                speakers.setdefault(each.speaker, []).append(each)
        single = [each for each in speakers.values() if _sides(each) in ({"left"}, {"right"})]
        both = [each for each in speakers.values() if _sides(each) == {"left", "right"}]
        if single and both:
            yield label, single[0], both[0]


def _sides(said: Sequence[Worded]) -> set[str]:
    named_sides: set[str] = {each.vote.laterality or "" for each in said}
    return {"left", "right"} if "bilateral" in named_sides else named_sides
