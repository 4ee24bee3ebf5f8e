"""What a phantom study shows: the recipe, and the findings placed in it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Side = Literal["left", "right"]
Laterality = Literal["left", "right", "bilateral"]
Zone = Literal["upper", "mid", "lower"]
Severity = Literal["small", "moderate", "large"]
Device = Literal["endotracheal_tube", "central_venous_line", "nasogastric_tube"]
View = Literal["PA", "AP", "LATERAL"]

PLACED_LABELS = (
    "Pleural Effusion",
    "Pneumothorax",
    "Consolidation",
    "Atelectasis",
    "Edema",
    "Lung Lesion",
    "Lung Opacity",
    "Cardiomegaly",
    "Enlarged Cardiomediastinum",
    "Fracture",
    "Support Devices",
    "Pneumoperitoneum",
)
"""Labels that a finding of a recipe may carry."""

LABELS = ("No Finding", *PLACED_LABELS)
"""Labels whose truth is known for every phantom; Pneumonia and Pleural Other are not modelled."""

PARENTS = {
    "Consolidation": "Lung Opacity",
    "Atelectasis": "Lung Opacity",
    "Edema": "Lung Opacity",
    "Lung Lesion": "Lung Opacity",
    "Cardiomegaly": "Enlarged Cardiomediastinum",
}
"""The label hierarchy of CheXpert (Irvin et al. 2019, figure 1): a child makes its parent true."""


class PlacedFinding(BaseModel):
    """Put one finding into a phantom; left and right are the patient's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: str
    """A CheXpert-14 name, or Pneumoperitoneum."""
    laterality: Laterality | None = None
    zone: Zone | None = None
    severity: Severity | None = None
    device: Device | None = None
    device_position: Literal["ok", "malpositioned"] | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        """Sides that the finding is drawn on; none for a midline finding."""
        if self.laterality is None:
            return ()
        return ("left", "right") if self.laterality == "bilateral" else (self.laterality,)

    @property
    def key(self) -> str:
        """Name of the finding's mask, such as ``pleural_effusion_left`` or ``endotracheal_tube``."""
        if self.device is not None:
            return self.device
        name = self.label.lower().replace(" ", "_")
        return name if self.laterality is None else f"{name}_{self.laterality}"


class PhantomRecipe(BaseModel):
    """Fix everything about one radiograph of one imaginary patient."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=0)
    """Fixes position, exposure and noise."""
    patient: int = Field(ge=0)
    """Fixes the anatomy: studies with one patient number show one body."""
    view: View = "PA"
    supine: bool = False
    age_years: int = Field(default=50, ge=0, le=110)
    sex: Literal["F", "M"] = "F"
    findings: tuple[PlacedFinding, ...] = ()
    cardiothoracic_ratio: float = Field(default=0.44, ge=0.3, le=0.8)
    """Target: heart width over internal thoracic width; above 0.5 exactly when Cardiomegaly is placed."""
    habitus: float = Field(default=0.0, ge=-1, le=1)
    """-1 thin to 1 obese."""
    rotation_deg: float = Field(default=0.0, ge=-15, le=15)
    """Turn about the body's long axis."""
    tilt_deg: float = Field(default=0.0, ge=-20, le=20)
    """Turn in the plane of the image."""
    inspiration: int = Field(default=10, ge=7, le=11)
    """Posterior ribs above the right dome of the diaphragm."""
    field_scale: float = Field(default=1.0, ge=0.7, le=1.4)
    """Size of the exposed field against the usual one: below 1 crops, above 1 shows more of the body."""
    offset_mm: tuple[float, float] = (0.0, 0.0)
    """Where the chest lies against the middle of the film (right, down), at adult size."""
    exposure: float = Field(default=0.0, ge=-1, le=1)
    """-1 under-exposed (noisy) to 1 over-exposed."""
    contrast: float = Field(default=1.0, ge=0.5, le=1.6)
    """Slope of the display curve."""
    brightness: float = Field(default=0.0, ge=-0.3, le=0.3)
    detail: float = Field(default=0.3, ge=0, le=1)
    """Strength of the vendor's multi-scale detail enhancement."""
    collimation: float = Field(default=0.0, ge=0, le=0.3)
    """Share of the film covered by the shutters, 0 for none in view."""
    marker: Literal["L", "R"] | None = "R"
    flipped: bool = False
    """The image is stored mirrored: anatomy, devices and marker."""
    banner: bool = False
    """Burn SYNTHETIC PHANTOM into the pixels; off by default, because a model would learn it."""
    burned_text: str | None = None
    """Other text burned into the pixels, for tests of the quality check."""

    @property
    def is_child(self) -> bool:
        """Whether the body is drawn with a small child's proportions."""
        return self.age_years <= 7

    def has(self, label: str) -> bool:
        """Whether a finding with this label is placed."""
        return any(finding.label == label for finding in self.findings)


class PhantomTruth(BaseModel):
    """State what a rendered phantom shows, in values and never in text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: dict[str, int]
    """1 or 0 for each of LABELS; a child of the CheXpert hierarchy makes its parent 1."""
    findings: tuple[PlacedFinding, ...]
    cardiothoracic_ratio: float | None
    """Measured on the rendered masks: heart width over the greatest internal thoracic width; None for a lateral."""
    view: View
    supine: bool
    age_years: int
    sex: Literal["F", "M"]
    flipped: bool
    spacing_mm: float
    """Millimetres a pixel at the detector."""


def labels_of(findings: tuple[PlacedFinding, ...]) -> dict[str, int]:
    """Return the truth of each label; No Finding allows support devices, as in CheXpert."""
    present = {finding.label for finding in findings}
    present |= {PARENTS[label] for label in present if label in PARENTS}
    if not present - {"Support Devices"}:
        present.add("No Finding")
    return {label: int(label in present) for label in LABELS}
