"""Make a case and its evidence of what is told, sentences and answers read by the product's own readers."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from overread.evals.injected.wordings import Told
from overread.labeler import assertions
from overread.ports import EvidenceIndex
from overread.reasoning.change import SIGNED_REPORT
from overread.reasoning.trust import BY
from overread.reasoning.vocabulary import LABELS
from overread.reasoning.zones import MIRRORED_FIT
from overread.records import (
    Answer,
    Assertion,
    Case,
    Claim,
    Evidence,
    Growth,
    Hanging,
    Lettering,
    Locator,
    Mask,
    Measurement,
    Order,
    Payload,
    Prior,
    Question,
    Region,
    Registration,
    Sides,
    Study,
    Trust,
    View,
)
from overread.testing.doubles import make_case, make_evidence, make_provenance, make_study
from overread.testing.doubles.payloads import make_header, make_ratio, make_score
from overread.tools._answer_reading import read_answer

FIGURE, BETTER = 0.97, 0.995
"""Balanced accuracy as if measured, of every tool for every label, and of the better one."""
EFFUSION = "Pleural Effusion"
TOOLS = ("classification", "report", "vqa", "segmentation")


def case_of(told: Told) -> Case:
    """Make the case: header, order, notes, priors."""
    study = _study(told)
    patient = {"own": 1, "foreign": 2}
    priors = (Prior(study=make_study(patient[told.prior], 2)),) if told.prior else ()
    order = Order(indication=told.indication, question=told.question)
    return make_case(study, order=order, priors=priors).model_copy(update={"input_notes": told.notes})


def evidence_of(told: Told) -> EvidenceIndex:
    """Make the evidence, of this study or, where it is told so, of another."""
    study = make_study(3, 3) if told.foreign else _study(told)
    header = make_evidence(make_header(), _study(told), tool="header")
    return EvidenceIndex([header, *_items(told, study)])


def trust_of(told: Told) -> Trust:
    """Give every tool the same figure, one a better one where it is told so."""
    return Trust.of_figures({tool: dict.fromkeys(LABELS, BETTER if tool == told.better else FIGURE) for tool in TOOLS})


def _study(told: Told) -> Study:
    made = _drawn(told.views, told.sides)
    return made.model_copy(update={"age_years": told.age, "sex": told.sex})


@lru_cache(maxsize=16)
def _drawn(views: tuple[View, ...], sides: Sides) -> Study:
    return make_study(views=views, hanging=Hanging(sides=sides))


def _items(told: Told, study: Study) -> Iterator[Evidence]:
    for section, sentences in (("findings", told.findings), ("impression", told.impression)):
        for text in sentences:
            claim = Claim.model_validate({"text": text, "section": section, "assertions": assertions(text)})
            yield make_evidence(claim, study, tool="report")
    for label, probability in told.scores.items():
        yield make_evidence(make_score(label, probability), study)
    for question, answer, label in told.answers:
        yield make_evidence(_answer(question, answer, label), study, tool="vqa")
    if told.ratio is not None:
        yield make_evidence(make_ratio(told.ratio), study, tool="segmentation")
    for name, value in told.lengths.items():
        yield make_evidence(Measurement(name=name, value=value, unit="mm", method="double"), study, tool="segmentation")
    yield from _compared(told, study)
    yield from _quality(told, study)
    if told.mirror is not None:
        fit = Measurement(name=MIRRORED_FIT, value=told.mirror, unit="1", method="double")
        yield make_evidence(fit, study, tool="segmentation")
    if told.heart is not None:
        yield from _masks(told.heart, told.quality, study)
    yield from _markers(told, study)


def _compared(told: Told, study: Study) -> Iterator[Evidence]:
    """Lay the prior under the study: its report says what was there, an extent how much, so that the course is told."""
    if told.course is None:
        return
    (then,) = (prior.study for prior in case_of(told).priors)
    where = Locator(sop_instance_uid=then.images[0].sop_instance_uid)
    laid = Registration(prior=where, matrix=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), overlap=0.97)
    yield make_evidence(laid, study, tool="prior")
    status: Literal["present", "absent"] = "absent" if told.course == "new" else "present"
    said = Assertion(label=EFFUSION, status=status, start=0, end=1)
    by_report = make_provenance("prior", parameters={BY: SIGNED_REPORT})
    yield Evidence.of(Claim(text="Its report.", section="findings", assertions=(said,)), where, by_report)
    if told.course in ("increased", "unchanged", "decreased"):
        yield make_evidence(Growth(label=EFFUSION, prior=where, ratio=1.0, course=told.course), study, tool="prior")


def _answer(question: str, words: str, label: str) -> Payload:
    said = read_answer(Question(text=question, label=label), words)
    return Answer(question=question, answer=words, label=label, status=said.status, laterality=said.laterality)


def _quality(told: Told, study: Study) -> Iterator[Evidence]:
    if told.far is not None:
        value, threshold = told.far
        measured = Measurement(name="out_of_distribution", value=value, unit="1", method="double")
        made = make_provenance("quality", parameters={"threshold": threshold})
        yield make_evidence(measured, study, tool="quality", provenance=made)
    if told.chest is not None:
        chest = Measurement(name="body_part_chest", value=told.chest, unit="1", method="double")
        yield make_evidence(chest, study, tool="quality")


def _markers(told: Told, study: Study) -> Iterator[Evidence]:
    """Write letters of sides; beside them the mask of both lungs that a picture has whose sides are withheld."""
    image = study.images[0]
    for side, across in told.markers:
        left = min(round(across * image.columns), image.columns - 1)
        marker = Lettering(what="side_marker", side=side)
        yield make_evidence(marker, study, tool="lettering", region=Region(x=left, y=4, width=1, height=2))
    if told.markers and told.heart is not None and told.sides == "withheld":
        both = Mask(structure="lungs", png="lungs.png", digest="lungs", area_pixels=1800, quality=told.quality)
        yield make_evidence(both, study, tool="segmentation", region=Region(x=10, y=20, width=100, height=80))


def _masks(shift: float, quality: float, study: Study) -> Iterator[Evidence]:
    """Draw the boxes of two lungs 100 wide together, the patient's right lung at the left, and of a heart."""
    boxes = {"right_lung": (10, 45), "left_lung": (65, 45), "heart": (round(60 + 100 * shift) - 20, 40)}
    for name, (left, width) in boxes.items():
        mask = Mask(structure=name, png=f"{name}.png", digest=name, area_pixels=900, quality=quality)
        yield make_evidence(mask, study, tool="segmentation", region=Region(x=left, y=20, width=width, height=80))
