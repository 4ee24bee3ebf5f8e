"""What each piece of evidence says about each label, before anybody decides.

Without figures an item's own words are its opinion. With them it has a vote only where its voter was measured on the
kind of study at hand, and says what that measurement lets it say (`predictive`); the rest is kept as silent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from overread.reasoning.bound import supported_score, supported_word
from overread.reasoning.predictive import EVEN, Opinion, Voice, may_say, of_score, of_word, shifted
from overread.reasoning.projection import projection_of
from overread.reasoning.trust import voter
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
    Performance,
    Region,
    Score,
    Trust,
    Voices,
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
LOW_MASK_QUALITY = 0.85
"""Expected Dice under which a measurement taken from the mask has no vote."""

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


@dataclass(frozen=True)
class Heard:
    """What the evidence of a study says with a vote, and what it says without one."""

    votes: tuple[Vote, ...]
    silent: tuple[Vote, ...]
    """Opinions without a vote: of a voter that was not measured on this kind of study, of one that was measured to
    tell too little, or under circumstances that it was not measured in."""


def votes_in(case: Case, items: Iterable[Evidence], trust: Trust | None = None) -> tuple[Vote, ...]:
    """List the votes that evidence of this study has; without `trust` every opinion that it holds, as it stands."""
    return hear(case, items, trust).votes


def hear(case: Case, items: Iterable[Evidence], trust: Trust | None = None) -> Heard:
    """Part the opinions of evidence into votes and silent ones; evidence located elsewhere has no opinion."""
    own = [item for item in items if _is_seen_here(case, item)]
    opinions = list(_all_opinions(case, own))
    if trust is None:
        return Heard(tuple(vote for vote, _ in opinions), ())
    voices, poor = trust.on(case.study), _poor_masks(own)
    votes: list[Vote] = []
    silent: list[Vote] = []
    for vote, item in opinions:
        voiced = _voiced(vote, item, voices) if _is_fit(case, item, own, poor) else None
        if voiced is None:
            silent.append(vote)
        else:
            votes.append(voiced)
    return Heard(tuple(votes), tuple(silent))


def _all_opinions(case: Case, own: Sequence[Evidence]) -> Iterator[tuple[Vote, Evidence]]:
    boxes = _boxes(own)
    for item in own:
        for label, status, side in _opinions(case, item):
            if label in TERMS and (_sides_known(case, item) or not _is_partial(status, side)):
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


def _voiced(vote: Vote, item: Evidence, voices: Voices) -> Vote | None:
    """Give a vote as what was measured of its voter lets it speak; None where it does not."""
    measured = voices.of(voter(item), vote.label)
    if measured is None:
        return None
    prevalence = voices.prevalence.of(vote.label, measured)
    voice = None if prevalence is None else _voice(vote, item, measured, prevalence)
    if voice is None:
        return None
    # A region was placed by what was measured to place; words name a side as they were measured to.
    sided = item.locator.region is not None or measured.tells_sides
    partial = _is_partial(vote.status, vote.laterality)
    if partial and not sided:
        return None
    return replace(
        vote,
        status=voice.status,
        laterality=vote.laterality if sided else None,
        zone=vote.zone if sided else None,
        trust=measured.figure,
        chance=voice.chance,
        prevalence=prevalence,
        supported=_is_supported(voice, item, measured, voices.risk),
    )


def _is_supported(voice: Voice, item: Evidence, measured: Performance, risk: float) -> bool:
    if voice.status == "uncertain":
        return False
    if isinstance(item.payload, Score) and measured.curve:
        return supported_score(voice.status, item.payload.probability, measured, risk)
    return supported_word(voice.status, measured, risk)


def _voice(vote: Vote, item: Evidence, measured: Performance, prevalence: float) -> Voice | None:
    category = TERMS[vote.label].critical
    if not isinstance(item.payload, Score):
        return of_word(vote.status, measured, prevalence, category)
    said = of_word(vote.status, measured, prevalence, category)
    if measured.curve:
        said = of_score(item.payload.probability, measured, prevalence, category)
    if said and said.status == "present" and vote.probability is not None:
        # What was measured of all high scores does not make this one likely, if by itself it is not.
        own = shifted(vote.probability, measured.prevalence, prevalence)
        return said if own >= EVEN else Voice("uncertain", own)
    return said


def may_speak(case: Case, tool: str, trust: Trust | None) -> bool:
    """Say whether a tool was measured to be worth hearing of any label on this kind of study; yes without figures."""
    if trust is None:
        return True
    voices = trust.on(case.study)
    return any(
        (prevalence := voices.prevalence.of(label, measured)) and may_say(measured, prevalence, TERMS[label].critical)
        for (name, label), measured in voices.table.items()
        if name == tool and label in TERMS
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


def _is_fit(case: Case, item: Evidence, own: Sequence[Evidence], poor: frozenset[tuple[str, str]]) -> bool:
    """Say whether evidence came about under circumstances that were measured: a ratio on PA, from a good mask."""
    if not isinstance(item.payload, Measurement):
        return True
    image = image_of(case, item)
    if image is None or (item.tool, item.locator.sop_instance_uid) in poor:
        return False
    return projection_of(image, own).view == "PA"


def _poor_masks(items: Iterable[Evidence]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (item.tool, item.locator.sop_instance_uid)
        for item in items
        if isinstance(item.payload, Mask)
        and item.payload.quality is not None
        and item.payload.quality < LOW_MASK_QUALITY
    )


def _boxes(items: Iterable[Evidence]) -> dict[str, dict[str, Region]]:
    """Find where organs lie: SOP Instance UID to structure to the bounding box of its mask, when it is given."""
    found: dict[str, dict[str, Region]] = defaultdict(dict)
    for item in items:
        if isinstance(item.payload, Mask) and item.locator.region is not None:
            found[item.locator.sop_instance_uid][item.payload.structure] = item.locator.region
    return found
