"""A tube or a line may not be well placed for one and badly for another, nor placed when nobody saw it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from overread.labeler.devices import ANY, Placing, placings
from overread.ports import EvidenceIndex, Rule
from overread.reasoning.votes import votes_in
from overread.records import Case, Conflict, Evidence, Finding, Severity, Trust
from overread.rules._claims import claims_heard, is_heard_of
from overread.settings import Settings

Example = tuple[Case, tuple[Finding, ...], EvidenceIndex]
LABEL = "Support Devices"


class _Said(NamedTuple):
    item: Evidence
    placing: Placing


class DevicePosition:
    """Compares sentences that call a device of one kind well placed and badly placed; a doubt is neither."""

    id = "device_position"
    severity: Severity = "warn"
    describe = "A tube or line is well placed for one source and badly for another, or nobody saw it."

    def check(
        self, case: Case, findings: Sequence[Finding], evidence: EvidenceIndex, trust: Trust | None = None
    ) -> Iterable[Conflict]:
        """Compare kind by kind; then look for a tip whose device no vote has seen. A conflict cites the sentences.

        "Lines and tubes" speaks of every kind.
        """
        said = [
            _Said(item, each)
            for item, text in claims_heard(case, evidence, trust)
            if is_heard_of(case, item.tool, LABEL, trust)
            for each in placings(text)
        ]
        yield from self._contradictions(said)
        seen = any(vote.label == LABEL and vote.status != "absent" for vote in votes_in(case, evidence.all(), trust))
        for item in (each.item for each in said if each.placing.device is None):
            if not seen:
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {item.tool} says where a tip lies; no tool saw a tube or line.",
                    label=LABEL,
                    evidence_ids=(item.id,),
                )

    def _contradictions(self, said: Sequence[_Said]) -> Iterator[Conflict]:
        for kind in sorted({each.placing.device for each in said if each.placing.device}):
            about = [each for each in said if each.placing.device in (kind, ANY)]
            well = [each.item for each in about if each.placing.place == "well"]
            badly = [each.item for each in about if each.placing.place == "badly"]
            if well and badly and any(each.placing.device == kind for each in about):
                tools = " and ".join(sorted({item.tool for item in (*well, *badly)}))
                yield Conflict.of(
                    self.id,
                    self.severity,
                    f"The {kind} is well placed and badly placed, according to {tools}.",
                    label=LABEL,
                    evidence_ids=tuple(dict.fromkeys(item.id for item in (*well, *badly))),
                )


def build(settings: Settings) -> Rule:
    """Give the rule; it takes nothing from the settings."""
    return DevicePosition()


def bad_example() -> Example:
    """Satisfactory in the findings, malpositioned in the impression."""
    return _example("Malpositioned endotracheal tube.")


def good_example() -> Example:
    """In good position in both."""
    return _example("Endotracheal tube in good position.")


def _example(impression: str) -> Example:
    from overread.testing.doubles import make_case, make_evidence
    from overread.testing.doubles.payloads import make_claim

    claims = (
        make_claim("The endotracheal tube is in satisfactory position.", LABEL),
        make_claim(impression, LABEL, section="impression"),
    )
    return make_case(), (), EvidenceIndex(make_evidence(claim, tool="report") for claim in claims)
