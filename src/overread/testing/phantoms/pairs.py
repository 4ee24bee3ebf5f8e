"""Numbered pairs of radiographs of one imaginary patient: one finding comes, grows, stays, shrinks or goes."""

from typing import Any, Literal, NamedTuple, get_args

from overread.testing.phantoms.recipe import Laterality, PhantomRecipe, PlacedFinding, Severity
from overread.testing.phantoms.sampling import SIDED, ZONED, sample_recipe
from overread.testing.phantoms.streams import stream

Course = Literal["new", "increased", "unchanged", "decreased", "resolved"]
Handling = Literal["alike", "shifted", "rotated", "projection"]
"""What else differs between the two: nothing much, where the patient stands, how they are turned, PA against AP."""
COURSES: tuple[Course, ...] = get_args(Course)
HANDLINGS: tuple[Handling, ...] = get_args(Handling)
CHANGING = (
    "Pleural Effusion",
    "Pneumothorax",
    "Consolidation",
    "Atelectasis",
    "Edema",
    "Lung Lesion",
    "Cardiomegaly",
    "Pneumoperitoneum",
)
"""Labels that a pair is made of."""
LATER = 1_000_000
"""What the number of the earlier study is higher by, as in `prior_of`."""
_STEPS: dict[Course, tuple[Severity | None, Severity | None]] = {
    "new": (None, "moderate"),
    "increased": ("small", "large"),
    "unchanged": ("moderate", "moderate"),
    "decreased": ("large", "small"),
    "resolved": ("moderate", None),
}
"""Severity before and now; None where the finding is not there."""


class PhantomPair(NamedTuple):
    """Two studies of one patient, and what happened between them."""

    then: PhantomRecipe
    now: PhantomRecipe
    label: str
    laterality: Laterality | None
    course: Course
    handling: Handling


def sample_pair(number: int, **overrides: Any) -> PhantomPair:
    """Give the pair of a number: label, course and handling go round, the rest is drawn; both studies are of an adult.

    `overrides` (`label`, `course`, `handling`) choose what would go round.
    """
    course: Course = overrides.get("course", COURSES[number % len(COURSES)])
    label: str = overrides.get("label", CHANGING[number // len(COURSES) % len(CHANGING)])
    handling: Handling = overrides.get("handling", HANDLINGS[(number // 3) % len(HANDLINGS)])
    patient = _adult(number)
    draw = stream("pair", number)
    side: Laterality | None = ("left" if draw.random() < 0.5 else "right") if label in SIDED else None
    side = "bilateral" if label in ("Edema", "Pneumoperitoneum") else side
    zone = ("upper", "mid", "lower")[int(draw.integers(3))] if label in ZONED else None
    placed = PlacedFinding(label=label, laterality=side, zone=zone)
    then, now = _STEPS[course]
    usual: dict[str, Any] = {"patient": patient, "view": "PA", "supine": False}
    return PhantomPair(
        then=sample_recipe(number + LATER, findings=_at(placed, then), **{**usual, **_handled(handling, number, draw)}),
        now=sample_recipe(number, findings=_at(placed, now), **usual),
        label=label,
        laterality=side,
        course=course,
        handling=handling,
    )


def _at(placed: PlacedFinding, severity: Severity | None) -> tuple[PlacedFinding, ...]:
    return () if severity is None else (placed.model_copy(update={"severity": severity}),)


def _handled(handling: Handling, number: int, draw: Any) -> dict[str, Any]:
    sign = 1 if draw.random() < 0.5 else -1
    match handling:
        case "shifted":
            return {"offset_mm": (sign * 22.0, -sign * 18.0), "field_scale": 1.0 + sign * 0.1}
        case "rotated":
            return {"tilt_deg": sign * 8.0, "rotation_deg": -sign * 5.0}
        case "projection":
            return {"view": "AP", "supine": number % 2 == 0}
        case _:
            return {}


def _adult(number: int) -> int:
    """Give the first patient from a number on who is no child."""
    return next(patient for patient in range(number, number + 1000) if sample_recipe(patient).age_years >= 18)
