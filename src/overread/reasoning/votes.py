"""What each piece of evidence says about each label, before anybody decides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from overread.reasoning.trust import SUFFICIENT, Trust, voter
from overread.reasoning.vocabulary import TERMS
from overread.records import (
    Answer,
    Box,
    Case,
    Claim,
    Evidence,
    ImageRef,
    Laterality,
    Mask,
    Measurement,
    Region,
    Score,
)

CARDIOTHORACIC_RATIO = "cardiothoracic_ratio"
PA_LIMIT = 0.50
"""Upper limit of the normal cardiothoracic ratio on a PA radiograph (Danzer 1919)."""
AP_LIMIT = 0.55
"""On AP the heart is magnified: above this the ratio only suggests, between the limits it is uncertain."""
INFANT_YEARS = 2
"""Below this age the adult limits do not hold and the ratio says nothing."""
LOW_MASK_QUALITY = 0.85
"""Expected Dice under which a measurement taken from the mask may not decide."""

_MASKED = {label.lower().replace(" ", "_"): label for label in TERMS}
"""Structures of a mask that are a finding, such as `pleural_effusion`; a lung is not."""

Opinion = Literal["present", "absent", "uncertain"]


@dataclass(frozen=True)
class Vote:
    """One evidence item's opinion on one label."""

    label: str
    status: Opinion
    evidence_id: str
    tool: str
    kind: str
    """Kind of the payload that speaks: score, measurement, answer, claim, mask or box."""
    section: str | None = None
    """Section of a claim: a report's findings and its impression are two voices."""
    fitted: bool = True
    """False for a score of prompts or of a network that was never calibrated."""
    laterality: Laterality | None = None
    probability: float | None = None
    """Calibrated probability, when the evidence is a calibrated score."""
    trust: float | None = None
    """Measured figure of this voter for this label; None = not measured."""
    sensitivity: float | None = None
    weak: bool = False
    """True when the circumstances (AP projection, poor mask, unfitted prompt) keep it from deciding."""

    @property
    def whole(self) -> bool:
        """False for an absence on one side: it does not say that the other side is free."""
        return self.status != "absent" or self.laterality in (None, "bilateral")

    @property
    def able(self) -> bool:
        """Say whether this voter was measured well enough to be followed; absence also needs a sensitivity."""
        if self.weak or self.trust is None or self.trust < SUFFICIENT:
            return False
        return self.status != "absent" or self.sensitivity is not None

    @property
    def may_decide(self) -> bool:
        """Say whether this vote may decide about the label as a whole."""
        return self.able and self.whole


def votes_in(case: Case, items: Iterable[Evidence], trust: Trust | None = None) -> tuple[Vote, ...]:
    """List every opinion that evidence of this study holds; evidence located elsewhere has no vote."""
    known = (trust or Trust()).on(case.study)
    own = [item for item in items if _is_seen_here(case, item)]
    lungs = _lungs(own)
    poor = _poor_masks(own)
    return tuple(
        Vote(
            label=label,
            status=status,
            evidence_id=item.id,
            tool=item.tool,
            kind=item.payload.kind,
            section=item.payload.section if isinstance(item.payload, Claim) else None,
            fitted=not (isinstance(item.payload, Score) and _is_unfitted(item.payload)),
            laterality=(side or _side(item, lungs)) if TERMS[label].sided and _sides_known(case, item) else None,
            probability=_calibrated(item),
            trust=known.of(voter(item), label),
            sensitivity=known.sensitivity(voter(item), label),
            weak=_is_weak(case, item, known, label, poor),
        )
        for item in own
        for label, status, side in _opinions(case, item)
        if label in TERMS and (_sides_known(case, item) or not _is_partial(status, side))
    )


def image_of(case: Case, item: Evidence) -> ImageRef | None:
    """Give the image of this study that evidence was seen in, or None when it is not of this study."""
    return case.study.image(item.locator.sop_instance_uid, item.locator.frame)


def _is_seen_here(case: Case, item: Evidence) -> bool:
    image, region = image_of(case, item), item.locator.region
    if image is None or region is None:
        return image is not None
    return region.x + region.width <= image.columns and region.y + region.height <= image.rows


def _sides_known(case: Case, item: Evidence) -> bool:
    """Say whether left and right can be told in the picture that evidence was seen in."""
    image = image_of(case, item)
    return image is not None and image.sides != "withheld"


def _is_partial(status: Opinion, side: Laterality | None) -> bool:
    """Say whether an opinion denies one side alone: without its side it would deny both."""
    return status == "absent" and side not in (None, "bilateral")


def score_status(score: Score) -> Opinion | None:
    """Read a score at its operating point; None when it has none, for a bare number says nothing."""
    if score.band is not None:
        low, high = score.band
        if low <= score.probability <= high:
            return "uncertain"
        if score.threshold is None:
            return "present" if score.probability > high else "absent"
    if score.threshold is None:
        return None
    return "present" if score.probability >= score.threshold else "absent"


def ratio_status(case: Case, item: Evidence, ratio: float) -> Opinion | None:
    """Read a cardiothoracic ratio as cardiomegaly or not; None where the limits do not hold."""
    image = image_of(case, item)
    age = case.study.age_years
    if image is None or image.view == "LATERAL" or (age is not None and age < INFANT_YEARS):
        return None
    if ratio <= PA_LIMIT:
        return "absent"
    if image.view == "PA":
        return "present"
    return "present" if ratio > AP_LIMIT else "uncertain"


def _opinions(case: Case, item: Evidence) -> Sequence[tuple[str, Opinion, Laterality | None]]:
    match item.payload:
        case Score() as score:
            status = score_status(score)
            return [(score.label, status, None)] if status else []
        case Measurement(name=name, value=value) if name == CARDIOTHORACIC_RATIO:
            status = ratio_status(case, item, value)
            return [("Cardiomegaly", status, None)] if status else []
        case Answer(label=str(label), status=("present" | "absent" | "uncertain") as status, laterality=side):
            return [(label, status, side)]
        case Claim(assertions=assertions):
            return [(said.label, said.status, said.laterality) for said in assertions]
        case Box(label=label):
            return [(label, "present", None)]
        case Mask(structure=structure, area_pixels=area) if structure in _MASKED and area > 0:
            return [(_MASKED[structure], "present", None)]
        case _:
            return []


def _is_unfitted(score: Score) -> bool:
    return score.method in ("zero_shot", "network") and not score.calibrated


def _calibrated(item: Evidence) -> float | None:
    score = item.payload
    return score.probability if isinstance(score, Score) and score.calibrated else None


def _is_weak(case: Case, item: Evidence, trust: Trust, label: str, poor: frozenset[tuple[str, str]]) -> bool:
    if isinstance(item.payload, Measurement):
        image = image_of(case, item)
        magnified = image is None or image.view != "PA"
        enlarged = item.payload.value > PA_LIMIT
        return (magnified and enlarged) or (item.tool, item.locator.sop_instance_uid) in poor
    if isinstance(item.payload, Score):
        return item.payload.method == "zero_shot" and trust.of(voter(item), label) is None
    return False


def _poor_masks(items: Iterable[Evidence]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.tool, item.locator.sop_instance_uid)
        for item in items
        if isinstance(item.payload, Mask)
        and item.payload.quality is not None
        and item.payload.quality < LOW_MASK_QUALITY
    )


def _lungs(items: Iterable[Evidence]) -> dict[tuple[str, str], Region]:
    """Find where the lungs lie: (SOP Instance UID, side) to the bounding box of the lung mask, when it is given."""
    return {
        (item.locator.sop_instance_uid, item.payload.structure.removesuffix("_lung")): item.locator.region
        for item in items
        if isinstance(item.payload, Mask)
        and item.payload.structure in ("left_lung", "right_lung")
        and item.locator.region is not None
    }


def _side(item: Evidence, lungs: dict[tuple[str, str], Region]) -> Laterality | None:
    """Place a region by the nearer lung; without both lungs it has no side, for the film may be flipped."""
    region, uid = item.locator.region, item.locator.sop_instance_uid
    left, right = lungs.get((uid, "left")), lungs.get((uid, "right"))
    if region is None or left is None or right is None:
        return None
    to_left, to_right = (abs(_middle(region) - _middle(lung)) for lung in (left, right))
    if to_left == to_right:
        return None
    return "left" if to_left < to_right else "right"


def _middle(region: Region) -> float:
    return region.x + region.width / 2
