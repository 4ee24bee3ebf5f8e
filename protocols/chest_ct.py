"""An axial CT series of the chest: the lungs' volume and attenuation, each with its method; nothing else is sought."""

from collections.abc import Mapping, Sequence
from functools import partial

from overread.imaging.image_choice import is_quality_control
from overread.imaging.stack import names_chest, stack_to_read
from overread.ports import EvidenceIndex, Tool
from overread.protocol import Asked, Choice, Headers, Look, Protocol, Sentence
from overread.protocols.questions_only import questions as of_order
from overread.protocols.questions_only import stated_by, states
from overread.protocols.questions_only import told as answers
from overread.records import (
    Case,
    Code,
    Evidence,
    Exam,
    GateVerdict,
    ImageRef,
    Mask,
    Measurement,
    Order,
    Plan,
    Refusal,
    Study,
)
from overread.settings import Profile, Settings

NAME = "chest_ct"
TOOL = "lung_volumes"
CHEST_CT = Exam(
    name="CT of the chest",
    procedure=Code(scheme="SCT", value="169069000", meaning="CT of chest"),
    report=Code(scheme="LN", value="24627-2", meaning="CT Chest"),
    site=Code(scheme="SCT", value="816094009", meaning="Chest"),
)
SIDES = {"right_lung": "Right lung", "left_lung": "Left lung"}
FIGURES = ("volume", "mean_density", "below_950")
LIMITS = (
    "Of the CT only the volume and attenuation of both lungs were measured, by a threshold and without a model; "
    "on phantoms, never on patients, was it tested how far they are off.",
    "Not assessed: nodules, embolism, opacities, effusions, pneumothorax, airways, heart, vessels, lymph nodes, bones, "
    "what lies outside of the lungs, and everything else.",
    "Lung without air in it is not part of the volumes.",
    "No model for chest radiographs ran.",
)
WITHOUT_MODEL = "No model of the profile is stated to read CT of the chest"
RULES = ("identity", "foreign_evidence", "duplicated_statement")


def takes(study: Study, headers: Headers, _order: Order) -> Refusal | None:
    """Refuse what is no CT that the header states to be of the chest, and a series that is no stack of slices."""
    series = [one for one in study.series if one.modality.upper() == "CT"]
    if not series:
        kinds = ", ".join(sorted({one.modality for one in study.series})) or "not known"
        return Refusal(
            reason="wrong_modality",
            detail=f"the modality is {kinds}, not CT",
            next_step="Send an axial CT series of the chest",
        )
    if not any(names_chest(one) for one in series):
        parts = ", ".join(sorted({one.body_part for one in series if one.body_part}))
        said = f"the body part is {parts}, not the chest" if parts else "the header states no body part"
        return Refusal(
            reason="wrong_body_part",
            detail=f"{said}; a CT is read where the header says that it is of the chest",
            next_step="Send a CT of the chest, or correct BodyPartExamined at the source",
        )
    if all(is_quality_control(headers.get(image.sop_instance_uid, {})) for one in series for image in one.images):
        return Refusal(
            reason="quality_control",
            detail="the header says that it is a quality control or phantom image",
            next_step="Keep it with the quality assurance of the device",
        )
    return stack_to_read(study).refusal


def choose(study: Study, _headers: Headers, look: Look) -> Choice:
    """Take the slice halfway up the series that is read."""
    stack, refusal, notes = stack_to_read(study)
    if stack is None:
        return Choice(None, refusal, ())
    look(stack.middle)
    return Choice(stack.middle, None, notes)


def notes(study: Study, _evidence: Sequence[Evidence], _image: ImageRef | None, _headers: Headers) -> tuple[str, ...]:
    """Name what the volumes of a study rest on beyond what every draft tells."""
    found = ["Synthetic phantom, not a patient."] if study.synthetic else []
    if study.age_years is not None and study.age_years < 16:
        found.append("The patient is a child; the method is made for adults.")
    return tuple(found)


def technique(case: Case, plan: Plan, evidence: EvidenceIndex) -> Sentence:
    """Say which slices were read, how they lie, and that the study holds others."""
    cited = [
        item for item in evidence.all() if isinstance(item.payload, GateVerdict) and item.payload.about == "projection"
    ]
    stack = stack_to_read(case.study).stack
    lie = stack.described if stack else "slices that are not stacked"
    others = len(case.study.images) - (len(stack.images) if stack else 0)
    beside = f"; {others} further images of the study were not read" if others else ""
    return Sentence(f"{CHEST_CT.name}: {lie}{beside}.", tuple(item.id for item in cited))


def told(case: Case, plan: Plan, evidence: EvidenceIndex) -> Sequence[Sentence]:
    """Say of each lung what was measured, or why nothing was; then what a model answered to the order's question."""
    lungs = (_of_lung(name, words, evidence.of_tool(TOOL)) for name, words in SIDES.items())
    return [*(sentence for sentence in lungs if sentence), *answers(case, plan, evidence)]


def _of_lung(name: str, words: str, evidence: Sequence[Evidence]) -> Sentence | None:
    figures = {
        item.payload.name.removeprefix(f"{name}_"): item
        for item in evidence
        if isinstance(item.payload, Measurement) and item.payload.name.startswith(name)
    }
    if "volume" in figures:
        said = [_said(figure, figures[figure]) for figure in FIGURES if figure in figures]
        return Sentence(f"{words}: {', '.join(said)}.", tuple(item.id for item in figures.values()))
    masks = [item for item in evidence if isinstance(item.payload, Mask) and item.payload.structure == name]
    if not masks:
        return None
    largest = max(masks, key=lambda item: item.payload.area_pixels if isinstance(item.payload, Mask) else 0)
    why = largest.provenance.parameters.get("volume_withheld", "nothing was measured on it")
    return Sentence(f"{words}: outlined and not measured, since {_plain(str(why))}.", (largest.id,))


def _said(figure: str, item: Evidence) -> str:
    if not isinstance(item.payload, Measurement):
        raise AssertionError("only measurements are told")
    value = item.payload.value
    match figure:
        case "volume":
            return f"aerated volume {value:.0f} mL (by threshold, main airways taken out)"
        case "mean_density":
            return f"mean attenuation {value:.0f} HU"
        case _:
            return f"{value:.1f} % of it below -950 HU"


def _plain(why: str) -> str:
    """Give a reason without its limit: what a sentence of the findings counts must have been measured."""
    return "its mask is larger than any lung" if "mL" in why else why.partition(":")[0]


def reads(stated: Sequence[str], study: Study) -> Refusal | None:
    """Refuse a study that the profile's VQA model is not stated to read."""
    stack = stack_to_read(study).stack
    if stack and any(one.uid == stack.series_uid and states(stated, one) for one in study.series):
        return None
    return Refusal(reason="wrong_modality", detail=WITHOUT_MODEL.lower(), next_step="State what it reads")


def asked(stated: Sequence[str], case: Case, tools: Mapping[str, Tool]) -> Asked:
    """Put the order's question to a model that is stated to read CT; else say that it was put to none."""
    if not (case.order.question or "").strip():
        return Asked()
    if reads(stated, case.study) is not None or "vqa" not in tools:
        return Asked(notes=(f"The question of the order was put to no model. {WITHOUT_MODEL}.",))
    return of_order(case, tools)


def build(settings: Settings, profile: Profile) -> Protocol:
    """Give the protocol; a VQA model that is stated to read CT answers the order's question beside the measurements."""
    stated = tuple(item for item in stated_by(settings, profile) if item.upper().partition(":")[0] == "CT")
    return Protocol(
        name=NAME,
        version="1",
        describe="Both lungs are outlined and measured; nothing else of the CT is assessed, and there are no findings.",
        exam=CHEST_CT,
        modalities=("CT",),
        body_part="chest, as the header states",
        series="the longest axial series of evenly spaced slices",
        takes=takes,
        choose=choose,
        notes=notes,
        technique=technique,
        told=told,
        gate_tools=(),
        tools=("vqa",) if stated else (),
        brings=(TOOL,),
        reads=partial(reads, stated),
        questions=partial(asked, stated),
        measures=tuple(f"{name}_{figure}" for name in SIDES for figure in FIGURES),
        rules=RULES,
        limits=LIMITS,
    )
