"""A frontal chest radiograph: findings with votes, the size of the heart, a draft of both."""

from overread.imaging.frontal_choice import choose
from overread.imaging.gate import header_refusal, notes
from overread.imaging.image_choice import RADIOGRAPHS
from overread.ports import EvidenceIndex
from overread.protocol import Headers, Protocol, Sentence
from overread.reasoning.merging import CORE
from overread.reasoning.opinions import CARDIOTHORACIC_RATIO
from overread.reasoning.projection import projection_of
from overread.records import (
    CHEST_FILM,
    CHEST_RADIOGRAPH,
    Case,
    Evidence,
    GateVerdict,
    Order,
    Plan,
    Refusal,
    Study,
)
from overread.settings import Profile, Settings

LABELS = (
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
    "COVID-19",
    "Tuberculosis",
    "Pneumoperitoneum",
)
NOTHING = "No acute finding identified by the models."
EXPECTED = {
    "segmentation": "the heart's size is not measured and findings cannot be placed on a side by the lungs",
    "classification": "no label has a calibrated probability",
    "report": "no report model described the image",
    "vqa": "no question can be asked to settle a conflict",
}


def takes(study: Study, headers: Headers, _order: Order) -> Refusal | None:
    """Refuse by the header what is no frontal chest radiograph; a header that says nothing is left to the pixels."""
    refusal = header_refusal(study, headers)
    if refusal is None and study.frontal is None:
        return Refusal(
            reason="no_frontal_view",
            detail="The study has no frontal (PA or AP) image",
            next_step="Send the frontal view with it; a lateral alone is not read.",
        )
    return refusal


def technique(case: Case, plan: Plan, evidence: EvidenceIndex) -> Sentence:
    """Name the exam and its projection, and say which of several images was read."""
    image = case.study.image(plan.image_sop_instance_uid, plan.image_frame)
    view, source = projection_of(image, evidence.all()) if image else (None, None)
    stated = image is not None and image.view is not None and image.view_source != "pixels"
    text = f"{CHEST_FILM.name}, {view} view" if view else "Frontal chest radiograph, projection not stated"
    if view and not stated:
        text += " as judged from the picture"
    images = len(case.study.images)
    if images > 1:
        text += f"; one of {images} images in the study, the only one that the models read"
    told = tuple(item.id for item in evidence.all() if _is_of_projection(item))
    return Sentence(f"{text}.", (*((source.id,) if source else ()), *told))


def _is_of_projection(item: Evidence) -> bool:
    return isinstance(item.payload, GateVerdict) and item.payload.about == "projection"


CHEST = Protocol(
    name=CHEST_RADIOGRAPH,
    version="1",
    describe="Findings of the chest with votes by what was measured, the heart's size, a draft of cited sentences.",
    exam=CHEST_FILM,
    modalities=tuple(sorted(RADIOGRAPHS)),
    body_part="chest",
    series="a frontal image (PA, AP or a view that is not stated); a plain picture",
    takes=takes,
    choose=choose,
    notes=notes,
    technique=technique,
    expected=EXPECTED,
    labels=LABELS,
    core=CORE,
    measures=(CARDIOTHORACIC_RATIO,),
    measured=True,
    worded=True,
    normal=NOTHING,
)


def build(settings: Settings, profile: Profile) -> Protocol:
    """Give the protocol, which is the same whatever the models."""
    return CHEST
