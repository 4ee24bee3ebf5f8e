"""Everything a draft is made from, looked up once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from overread.agents._phrases import ORDER
from overread.agents._styles import Style, load_style
from overread.ports import EvidenceIndex
from overread.reasoning.change import Earlier, earlier_in
from overread.reasoning.entailment import KINDS
from overread.reasoning.merging import NOT_DISEASE
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO, Vote
from overread.reasoning.projection import Projection, projection_of
from overread.reasoning.votes import votes_in
from overread.records import (
    Alert,
    Case,
    Change,
    Conflict,
    Evidence,
    Finding,
    ImageRef,
    Measurement,
    Plan,
    Record,
    ToolFailure,
    Trust,
)

Fact = TypeVar("Fact", bound=Record)
ABOUT_SIDE = "laterality"
ABOUT_PLACE = "site"
ONE_VOICE = "unsupported_claim"
UNCONTESTED = frozenset(
    (
        ABOUT_SIDE,
        ABOUT_PLACE,
        ONE_VOICE,
        "severity",
        "count",
        "device_position",
        "missed_critical",
        "unanswered_question",
    )
)
"""Rules whose conflicts name a label and leave it open how it is placed, sized or told, not whether it is there."""


@dataclass(frozen=True)
class DraftInputs:
    """A case read by the tools, ready to be put in words."""

    case: Case
    plan: Plan
    findings: Sequence[Finding]
    evidence: EvidenceIndex
    failures: Sequence[ToolFailure]
    conflicts: Sequence[Conflict]
    alerts: Sequence[Alert]
    trust: Trust | None = None
    style: Style = field(default_factory=load_style)

    @property
    def image(self) -> ImageRef | None:
        return self.case.study.image(self.plan.image_sop_instance_uid, self.plan.image_frame)

    def finding(self, label: str) -> Finding | None:
        return next((finding for finding in self.findings if finding.label == label), None)

    def in_order(self, first: Sequence[str] = ()) -> list[Finding]:
        """Give the findings by system, the labels in `first` before the others."""
        known = {finding.label: finding for finding in self.findings}
        return [known[label] for label in dict.fromkeys((*first, *ORDER)) if label in known and label in ORDER]

    def open_rules(self, label: str) -> frozenset[str]:
        """Name the rules whose conflicts about a label are still open; a mere note changes no sentence."""
        waiting = (c for c in self.conflicts if c.label == label and c.resolution == "open")
        return frozenset(c.rule for c in waiting if c.severity != "note")

    def covered(self, finding: Finding) -> bool:
        """Say whether a kind of it says as much: who reads of a consolidation need not be told of an opacity."""
        if self.open_rules(finding.label) or any(alert.label == finding.label for alert in self.alerts):
            return False
        enough = ("present",) if finding.status == "present" else ("present", "uncertain")
        kinds = (self.finding(kind) for kind in KINDS.get(finding.label, ()))
        return finding.status in ("present", "uncertain") and any(kind and kind.status in enough for kind in kinds)

    def contested(self, label: str) -> bool:
        """Say whether it is open if the label is there at all, not only on which side."""
        return bool(self.open_rules(label) - UNCONTESTED)

    def facts(self, kind: type[Fact], wanted: Callable[[Fact], bool] = lambda fact: True) -> tuple[str, ...]:
        """Give the evidence of one kind about the reading itself, all of it or what is `wanted`."""
        return tuple(item.id for item in self.evidence.all() if isinstance(item.payload, kind) and wanted(item.payload))

    @cached_property
    def earlier(self) -> Earlier | None:
        """Give the earlier study that lies under the picture at hand, None where there is none."""
        return earlier_in(self.case, self.evidence.all(), self.trust)

    def change(self, finding: Finding) -> tuple[str, Change] | None:
        """Give what became of a finding since the earlier study, with the evidence that says so."""
        for item in self.evidence.all():
            match item.payload:
                case Change(label=finding.label, course=finding.change) as told:
                    return item.id, told
        return None

    @property
    def projection(self) -> Projection:
        """Give the view of the image that was read, and what states it."""
        return projection_of(self.image, self.evidence.all()) if self.image else Projection(None, None)

    def clean(self, identities: Iterable[str]) -> tuple[str, ...]:
        """Leave out evidence that sees some other disease: a sentence that nothing is there cannot rest on it."""
        ill = {vote.evidence_id for vote in self.votes if vote.status == "present" and vote.label not in NOT_DISEASE}
        return tuple(identity for identity in identities if identity in self.evidence and identity not in ill)

    @cached_property
    def votes(self) -> tuple[Vote, ...]:
        """Give all votes of the case, worked out together: circumstances and sides come from the whole evidence."""
        return votes_in(self.case, self.evidence.all(), self.trust)

    def ratio(self) -> Evidence | None:
        """Give the cardiothoracic ratio measured on this image, if there is exactly one and it has a vote."""
        voiced = {vote.evidence_id for vote in self.votes}
        found = [
            item
            for item in self.evidence.all()
            if isinstance(item.payload, Measurement)
            and item.payload.name == CARDIOTHORACIC_RATIO
            and self._is_here(item)
        ]
        return found[0] if len(found) == 1 and found[0].id in voiced else None

    def _is_here(self, item: Evidence) -> bool:
        return (item.locator.sop_instance_uid, item.locator.frame) == (
            self.plan.image_sop_instance_uid,
            self.plan.image_frame,
        )
