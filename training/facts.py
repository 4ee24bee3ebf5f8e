"""What is known of a film, from a phantom's truth or a source's labels: the one input of every sentence we write."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from training.data import LABELS, Row

if TYPE_CHECKING:
    from overread.testing.phantoms.recipe import PhantomTruth

SIDED = (
    "Pleural Effusion",
    "Pneumothorax",
    "Consolidation",
    "Atelectasis",
    "Lung Lesion",
    "Lung Opacity",
    "Fracture",
)
"""Labels that a side belongs to."""


Box = tuple[int, int, int, int]
"""Left, top, right, bottom in hundredths of the canvas, 0 to 99."""


@dataclass(frozen=True)
class FindingFact:
    """One finding that is present; None where the source does not say."""

    label: str
    laterality: str | None = None
    zone: str | None = None
    severity: str | None = None
    device: str | None = None
    position: str | None = None


@dataclass(frozen=True)
class Facts:
    """Findings present, labels known to be absent (all others are unknown), and how the film was taken."""

    findings: tuple[FindingFact, ...]
    absent: frozenset[str]
    view: str | None
    placed: bool
    """Whether side, site, severity and number are known as well: true of phantoms only."""
    ratio: float | None = None
    child: bool | None = None
    boxes: Mapping[str, Box] = field(default_factory=dict)
    """Where a label's findings lie in the view shown; empty where nobody knows."""

    @property
    def present(self) -> frozenset[str]:
        """Labels of the findings."""
        return frozenset(finding.label for finding in self.findings)

    def of(self, label: str) -> tuple[FindingFact, ...]:
        """Give the findings with this label."""
        return tuple(finding for finding in self.findings if finding.label == label)


def phantom_facts(truth: "PhantomTruth") -> Facts:
    """State a phantom's truth; a parent label that only its child makes true is neither present nor absent."""
    findings = tuple(
        FindingFact(
            label=placed.label,
            laterality=placed.laterality,
            zone=placed.zone,
            severity=placed.severity,
            device=placed.device,
            position=placed.device_position,
        )
        for placed in truth.findings
    )
    absent = frozenset(label for label, value in truth.labels.items() if value == 0 and label != "No Finding")
    return Facts(findings, absent, truth.view, True, truth.cardiothoracic_ratio, truth.age_years <= 7)


def row_facts(row: Row) -> Facts:
    """State what a real film's source says of it: labels only."""
    known = {name: row.label(name) for name in LABELS if name != "No Finding" and row.fields.get(name)}
    present = tuple(FindingFact(name) for name, value in known.items() if value == 1)
    absent = frozenset(name for name, value in known.items() if value == 0)
    if row.label("No Finding") == 1:
        absent |= {"Lung Opacity"}
    view = row.fields["view"] if row.fields["view"] in ("PA", "AP") else None
    return Facts(present, absent, view, False, None, row.source == "kermany" or None)
