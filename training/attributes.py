"""What a phantom's embedding must tell beside its labels: side, zone and size of a finding, and each device."""

from training.facts import SIDED, Facts, FindingFact
from training.phrases import DEVICES

ZONED = ("Consolidation", "Atelectasis", "Lung Lesion", "Lung Opacity", "Fracture")
SIZED = (
    "Pleural Effusion",
    "Pneumothorax",
    "Consolidation",
    "Atelectasis",
    "Lung Lesion",
    "Lung Opacity",
    "Edema",
    "Cardiomegaly",
    "Pneumoperitoneum",
)
NAMES = (
    *(f"{label}/{side}" for label in SIDED for side in ("right", "left")),
    *(f"{label}/{zone}" for label in ZONED for zone in ("upper", "mid", "lower")),
    *(f"{label}/{size}" for label in SIZED for size in ("small", "large")),
    *(f"Support Devices/{device}{place}" for device in DEVICES for place in ("", "/malpositioned")),
)


def attribute_vector(facts: Facts) -> list[float]:
    """Give 1 or 0 for each name, NaN where the source does not say (every real film)."""
    if not facts.placed:
        return [float("nan")] * len(NAMES)
    said = {name for finding in facts.findings for name in _names(finding)}
    return [float(name in said) for name in NAMES]


def _names(finding: FindingFact) -> set[str]:
    sides = ("right", "left") if finding.laterality == "bilateral" else (finding.laterality,)
    parts = [*sides, finding.zone, finding.severity, finding.device]
    names = {f"{finding.label}/{part}" for part in parts if part}
    if finding.device and finding.position:
        names.add(f"{finding.label}/{finding.device}/{finding.position}")
    return names
