"""A finding may not lie where it cannot be, nor at the top for one source and at the bottom for another."""

from collections.abc import Iterable, Iterator, Sequence

from overread.labeler.clauses import clauses
from overread.labeler.places import impossible_place, zones
from overread.ports import EvidenceIndex, Rule
from overread.reasoning.opinions import Vote
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.votes import votes_in
from overread.records import Case, Claim, Conflict, Finding, Severity, Trust
from overread.rules._speakers import clashes, named
from overread.rules._worded import Worded, evidence_of, worded
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
_GROUP = {"upper": "upper", "mid": "mid", "lower": "lower", "retrocardiac": "lower", "costophrenic": "lower"}


class SiteRule:
    """Reads places off sentences, and zones off what was placed in the picture; neighbouring zones go together."""

    id = "site"
    severity: Severity = "warn"
    describe = "A finding is put where it cannot be, or in the upper zone by one source and the lower by another."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Look for impossible anatomy, then compare zones label by label, side by side; a conflict cites what clashes.

        A speaker who names several zones contradicts only one who names none of them or their neighbours.
        """
        yield from self._impossible(case, evidence, trust)
        said = [*worded(case, evidence, trust), *_placed(case, evidence, trust)]
        for label, one, other in clashes([each for each in said if TERMS[each.vote.label].sided], _apart):
            yield Conflict.of(
                self.id,
                self.severity,
                f"{label}: {_where(one)} zone according to {named(one)}, {_where(other)} according to {named(other)}.",
                label=label,
                evidence_ids=evidence_of((*one, *other)),
            )

    def _impossible(self, case: Case, evidence: EvidenceIndex, trust: Trust | None) -> Iterator[Conflict]:
        for vote in votes_in(case, evidence.all(), trust):
            item = evidence.get(vote.evidence_id)
            if item is None or not isinstance(item.payload, Claim) or vote.status == "absent":
                continue
            own = [clause.text for clause in clauses(item.payload.text) if clause.said.label == vote.label]
            wrong = next((words for text in own if (words := impossible_place(vote.label, text))), None)
            if wrong:
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"{vote.label}: the {item.tool} puts it where it cannot be ('{wrong}').",
                    label=vote.label,
                    evidence_ids=(item.id,),
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return SiteRule()


def bad_example() -> Example:
    """Upper zone in the findings, lower in the impression."""
    return _example("Consolidation in the right lower zone.")


def good_example() -> Example:
    """The lobe that fills the zone."""
    return _example("Right upper lobe consolidation.")


def _example(impression: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    first = make_claim("Consolidation in the right upper zone.", "Consolidation", "present", "right")
    second = make_claim(impression, "Consolidation", "present", "right", section="impression")
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in (first, second))


def _placed(case: Case, evidence: EvidenceIndex, trust: Trust | None) -> Iterator[Worded]:
    """Give what was placed in the picture well enough to name its zone, as if it were said."""
    for vote in votes_in(case, evidence.all(), trust):
        if vote.zone is not None and vote.status == "present":
            yield Worded(vote, vote.zone.phrase)


def _apart(one: Sequence[Worded], other: Sequence[Worded]) -> bool:
    return {_only(one), _only(other)} == {"upper", "lower"}


def _only(said: Sequence[Worded]) -> str | None:
    """Give the one zone that a speaker names of a label; None where there is none or more."""
    found = {zone for each in said for zone in _zones(each)}
    return found.pop() if len(found) == 1 else None


def _zones(said: Worded) -> frozenset[str]:
    vote: Vote = said.vote
    return frozenset({_GROUP[vote.zone.name]}) if vote.zone else frozenset(zones(said.text))


def _where(said: Sequence[Worded]) -> str:
    return _only(said) or "no"
