"""Numbered recipes: one number, one radiograph."""

from typing import Any

import numpy as np

from overread.testing.phantoms.recipe import PLACED_LABELS, PhantomRecipe, PlacedFinding
from overread.testing.phantoms.streams import spread, stream

SIDED = frozenset(
    {"Pleural Effusion", "Pneumothorax", "Consolidation", "Atelectasis", "Lung Lesion", "Lung Opacity", "Fracture"}
)
ZONED = frozenset({"Consolidation", "Atelectasis", "Lung Lesion", "Lung Opacity", "Fracture"})
BILATERAL_SHARE = {"Pleural Effusion": 0.25, "Consolidation": 0.2, "Atelectasis": 0.2, "Lung Opacity": 0.25}
DEVICES = ("endotracheal_tube", "central_venous_line", "nasogastric_tube")
NORMAL_SHARE = 0.3
CHILD_SHARE = 0.15
LARGEST_NORMAL_RATIO = 0.485
SMALLEST_ENLARGED_RATIO = 0.53


def sample_recipe(number: int, **overrides: Any) -> PhantomRecipe:
    """Return the recipe of a number; every field has its own random stream, so an override changes only its field.

    About 30 % are normal, the rest show one to three findings. View, marker, exposure and pose are drawn
    independently of the findings, so that nothing but the finding's own pixels gives it away. An override of
    ``findings`` alone draws a heart size that fits them.
    """
    fields: dict[str, Any] = {"number": number, "patient": overrides.get("patient", number)}
    fields |= _person(int(fields["patient"])) | _acquisition(number)
    fields["findings"] = _findings(number)
    fields |= overrides
    if "cardiothoracic_ratio" not in overrides:
        enlarged = any(finding.label == "Cardiomegaly" for finding in fields["findings"])
        fields["cardiothoracic_ratio"] = heart_ratio(int(fields["patient"]), number, fields["findings"], enlarged)
    return PhantomRecipe(**fields)


def heart_ratio(patient: int, number: int, findings: tuple[PlacedFinding, ...], enlarged: bool) -> float:
    """Draw a cardiothoracic ratio: up to 0.485, or from 0.53 where Cardiomegaly is placed (more when large)."""
    if not enlarged:
        draw = stream("heart", patient).normal(0.44, 0.025) + stream("heart phase", number).normal(0, 0.006)
        return round(float(np.clip(draw, 0.37, LARGEST_NORMAL_RATIO)), 3)
    severity = next(finding.severity for finding in findings if finding.label == "Cardiomegaly")
    floor = {"small": 0.53, "moderate": 0.57, "large": 0.63}[severity or "moderate"]
    return round(floor + spread(stream("large heart", patient), 0.0, 0.045), 3)


def prior_of(recipe: PhantomRecipe) -> PhantomRecipe:
    """Return an earlier study of the same patient.

    The rule, by position in the findings: the first was absent, the second smaller (small ones stay), the
    third and later the same. Devices were never there. The study number is ``number + 1_000_000``.
    """
    earlier: list[PlacedFinding] = []
    for position, finding in enumerate(recipe.findings):
        if position == 0 or finding.label == "Support Devices":
            continue
        earlier.append(_milder(finding) if position == 1 else finding)
    number = recipe.number + 1_000_000
    return sample_recipe(
        number,
        patient=recipe.patient,
        view=recipe.view,
        supine=recipe.supine,
        age_years=recipe.age_years,
        sex=recipe.sex,
        habitus=recipe.habitus,
        findings=tuple(earlier),
        marker=recipe.marker,
    )


def _milder(finding: PlacedFinding) -> PlacedFinding:
    milder = {"large": "moderate", "moderate": "small"}
    if finding.severity is None or finding.severity not in milder:
        return finding
    return finding.model_copy(update={"severity": milder[finding.severity]})


def _person(patient: int) -> dict[str, Any]:
    draw = stream("person", patient)
    is_child = draw.random() < CHILD_SHARE
    age = int(draw.integers(1, 6)) if is_child else int(np.clip(draw.normal(56, 17), 18, 95))
    return {"age_years": age, "sex": "F" if draw.random() < 0.5 else "M", "habitus": round(spread(draw, -0.9, 0.9), 3)}


def _acquisition(number: int) -> dict[str, Any]:
    draw = stream("acquisition", number)
    view = "PA" if draw.random() < 0.5 else "AP"
    supine = bool(draw.random() < 0.4) and view == "AP"
    return {
        "view": view,
        "supine": supine,
        "rotation_deg": round(float(np.clip(draw.normal(0, 2.5), -8, 8)), 2),
        "tilt_deg": round(float(np.clip(draw.normal(0, 1.8), -7, 7)), 2),
        "inspiration": int(draw.choice([8, 9, 10], p=[0.4, 0.4, 0.2] if supine else [0.15, 0.4, 0.45])),
        "field_scale": round(spread(draw, 0.8, 1.12), 3),
        "offset_mm": (round(float(draw.normal(0, 9)), 1), round(float(draw.normal(0, 10)), 1)),
        "exposure": round(spread(draw, -0.9, 0.9), 3),
        "contrast": round(spread(draw, 0.9, 1.5), 3),
        "brightness": round(float(np.clip(draw.normal(0, 0.08), -0.2, 0.2)), 3),
        "detail": round(spread(draw, 0.0, 0.7), 3),
        "collimation": round(spread(draw, 0.01, 0.09), 3) if draw.random() < 0.35 else 0.0,
        "marker": [None, "L", "R"][int(draw.choice(3, p=[0.2, 0.3, 0.5]))],
    }


def _findings(number: int) -> tuple[PlacedFinding, ...]:
    draw = stream("findings", number)
    if draw.random() < NORMAL_SHARE:
        return ()
    count = int(draw.choice([1, 2, 3], p=[0.35, 0.4, 0.25]))
    labels = draw.choice(len(PLACED_LABELS), size=count, replace=False)
    return tuple(_place(PLACED_LABELS[int(index)], draw) for index in labels)


def _place(label: str, draw: np.random.Generator) -> PlacedFinding:
    severity = ("small", "moderate", "large")[int(draw.choice(3, p=[0.3, 0.4, 0.3]))]
    if label == "Support Devices":
        return PlacedFinding(
            label=label,
            laterality=None,
            device=DEVICES[int(draw.integers(3))],
            device_position="malpositioned" if draw.random() < 0.4 else "ok",
        )
    laterality, zone = None, None
    if label in SIDED:
        laterality = "left" if draw.random() < 0.5 else "right"
        if draw.random() < BILATERAL_SHARE.get(label, 0.0):
            laterality = "bilateral"
    if label in ZONED:
        zone = ("upper", "mid", "lower")[int(draw.integers(3))]
    if label == "Edema":
        laterality = "bilateral"
    if label == "Pneumoperitoneum":
        laterality = ("left", "right", "bilateral")[int(draw.choice(3, p=[0.25, 0.5, 0.25]))]
    return PlacedFinding(label=label, laterality=laterality, zone=zone, severity=severity)
