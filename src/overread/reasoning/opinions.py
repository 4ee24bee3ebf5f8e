"""What each piece of evidence says about each label, and where, before anybody asks what that is worth."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from overread.reasoning.predictive import Opinion
from overread.reasoning.vocabulary import TERMS
from overread.reasoning.zones import SIDES, Side, Zone, side_of, zone_of
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
PLACED_RIGHT = "placed_right"
"""Parameter of a score with a region: the share of such places that were right when they were measured."""
ZONED = 0.8
"""That share from which the zone is told, not only the side."""
_MASKED = {label.lower().replace(" ", "_"): label for label in TERMS}
"""Structures of a mask that are a finding, such as `pleural_effusion`; a lung is not."""


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
    zone: Zone | None = None
    """Where in a lung it was seen, where placing is good enough to be told."""
    probability: float | None = None
    """Calibrated probability, when the evidence is a calibrated score."""
    trust: float | None = None
    """Measured figure of this voter for this label; None = no figures were asked for."""
    chance: float | None = None
    """How likely the label is once this was said, by what was measured; None as above, and of a doubt."""
    prevalence: float | None = None
    """How common the label was taken to be when that was worked out."""
    supported: bool = False
    """True where what is stated so is wrong at most as often as the settings allow (`bound`)."""

    @property
    def whole(self) -> bool:
        """False for an absence on one side: it does not say that the other side is free."""
        return self.status != "absent" or self.laterality in (None, "bilateral")


def opinions_in(case: Case, own: Sequence[Evidence]) -> Iterator[tuple[Vote, Evidence]]:
    """Give every opinion that evidence of this study (`is_seen_here`) holds, with the evidence."""
    boxes = boxes_in(own)
    for item in own:
        for label, status, side in _opinions(case, item):
            if label in TERMS and (_sides_known(case, item) or not is_partial(status, side)):
                vote = _vote(item, label, status)
                known = TERMS[label].sided and _sides_known(case, item)
                yield (_placed(vote, item, side, boxes.get(item.locator.sop_instance_uid, {})) if known else vote), item


def _placed(vote: Vote, item: Evidence, side: Laterality | None, boxes: Mapping[str, Region]) -> Vote:
    """Give an opinion its side, as it was said or by where its region lies, and the zone where placing is good."""
    region = item.locator.region
    lungs: dict[Side, Region] = {name: boxes[f"{name}_lung"] for name in SIDES if f"{name}_lung" in boxes}
    if region is None:
        return replace(vote, laterality=side)
    zone = zone_of(region, lungs, boxes.get("heart")) if _is_well_placed(item) else None
    return replace(vote, laterality=side or side_of(region, lungs), zone=zone)


def _is_well_placed(item: Evidence) -> bool:
    """Say whether a zone may be told: a drawn shape has its place, a score as it was measured to be placed right."""
    right = item.provenance.parameters.get(PLACED_RIGHT)
    return not isinstance(item.payload, Score) or (isinstance(right, float) and right >= ZONED)


def _vote(item: Evidence, label: str, status: Opinion) -> Vote:
    return Vote(
        label=label,
        status=status,
        evidence_id=item.id,
        tool=item.tool,
        kind=item.payload.kind,
        section=item.payload.section if isinstance(item.payload, Claim) else None,
        fitted=not (isinstance(item.payload, Score) and _is_unfitted(item.payload)),
        probability=_calibrated(item),
    )


def image_of(case: Case, item: Evidence) -> ImageRef | None:
    """Give the image of this study that evidence was seen in, or None when it is not of this study."""
    return case.study.image(item.locator.sop_instance_uid, item.locator.frame)


def is_seen_here(case: Case, item: Evidence) -> bool:
    """Say whether evidence lies in an image of this study, and its region inside that image."""
    image, region = image_of(case, item), item.locator.region
    if image is None or region is None:
        return image is not None
    return region.x + region.width <= image.columns and region.y + region.height <= image.rows


def _sides_known(case: Case, item: Evidence) -> bool:
    """Say whether left and right can be told in the picture that evidence was seen in."""
    image = image_of(case, item)
    return image is not None and image.sides != "withheld"


def is_partial(status: Opinion, side: Laterality | None) -> bool:
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


def boxes_in(items: Iterable[Evidence]) -> dict[str, dict[str, Region]]:
    """Find where organs lie: SOP Instance UID to structure to the bounding box of its mask, when it is given."""
    found: dict[str, dict[str, Region]] = defaultdict(dict)
    for item in items:
        if isinstance(item.payload, Mask) and item.locator.region is not None:
            found[item.locator.sop_instance_uid][item.payload.structure] = item.locator.region
    return found
