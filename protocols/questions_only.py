"""An image that the profile's VQA model states it reads: the order's question is put to it, and no more is said."""

from collections.abc import Mapping, Sequence
from functools import partial

from overread.imaging.image_choice import RADIOGRAPHS, is_chest, is_quality_control
from overread.ports import EvidenceIndex, Tool
from overread.protocol import Asked, Choice, Headers, Look, Protocol, Sentence, quoted
from overread.records import (
    CHEST_RADIOGRAPH,
    Answer,
    Case,
    Evidence,
    Exam,
    GateVerdict,
    ImageRef,
    Order,
    Plan,
    Question,
    Refusal,
    Series,
    Study,
)
from overread.serving.catalogue import entry, is_known
from overread.settings import Profile, Settings

NAME = "questions_only"
ROLE = "vqa"
LIMIT = "Only the order's question was answered, by one model that was not measured on such images: nothing was sought."
RULES = ("identity", "foreign_evidence", "duplicated_statement")


def states(stated: Sequence[str], series: Series) -> bool:
    """Say whether one of `MODALITY` or `MODALITY:PART`, as a model states what it reads, is of a series."""
    for item in stated:
        modality, _, part = item.upper().partition(":")
        here = series.body_part or ""
        fits = is_chest(here) if part == "CHEST" else part in here.upper()
        if series.modality.upper() == modality and fits:
            return True
    return False


def takes(stated: Sequence[str], aside: bool, study: Study, headers: Headers, order: Order) -> Refusal | None:
    """Refuse what the model does not state to read, and a study of which nothing is asked.

    With `aside` a radiograph of the chest is left to the protocol that is for it.
    """
    mine = [series for series in study.series if states(stated, series) and not (aside and _is_chest_film(series))]
    if not mine:
        kinds = ", ".join(sorted({series.modality for series in study.series})) or "not known"
        return _refused(f"the modality is {kinds}, which no model of the profile states to read", "Give another study")
    if all(is_quality_control(headers.get(image.sop_instance_uid, {})) for one in mine for image in one.images):
        return Refusal(
            reason="quality_control",
            detail="the header says that it is a quality control or phantom image",
            next_step="Keep it with the quality assurance of the device",
        )
    if not (order.question or "").strip():
        kind = mine[0].modality
        return _refused(
            f"the modality is {kind}, of which only a question is answered", "Send an order with a question"
        )
    return None


def _refused(detail: str, next_step: str) -> Refusal:
    return Refusal(reason="wrong_modality", detail=detail, next_step=next_step)


def _is_chest_film(series: Series) -> bool:
    return series.modality in RADIOGRAPHS and is_chest(series.body_part)


def choose(stated: Sequence[str], study: Study, _headers: Headers, _look: Look) -> Choice:
    """Take the image in the middle of the longest series that the model reads."""
    longest = max((one for one in study.series if states(stated, one)), key=lambda one: len(one.images))
    return Choice(longest.images[len(longest.images) // 2], None, ())


def notes(study: Study, _evidence: Sequence[Evidence], _image: ImageRef | None, _headers: Headers) -> tuple[str, ...]:
    """Name no limit beyond those that every draft of the protocol has, but for a phantom."""
    return ("Synthetic phantom, not a patient.",) if study.synthetic else ()


def questions(case: Case, tools: Mapping[str, Tool]) -> Asked:
    """Put the order's question to the model; what is none for a model is kept back by the plan."""
    return Asked((Question(text=" ".join((case.order.question or "").split())),))


def technique(case: Case, plan: Plan, evidence: EvidenceIndex) -> Sentence:
    """Say which kind of image was shown to the model, and of how many."""
    image = case.study.image(plan.image_sop_instance_uid, plan.image_frame)
    series = next((one for one in case.study.series if image in one.images), case.study.series[0])
    part = f" of {series.body_part.lower()}" if series.body_part else ", body part not stated"
    images = len(case.study.images)
    shown = f"; one of {images} images in the study was shown to the model" if images > 1 else ""
    told = tuple(item.id for item in evidence.all() if isinstance(item.payload, GateVerdict))
    return Sentence(f"{series.modality} image{part}{shown}.", told[-1:])


def told(case: Case, plan: Plan, evidence: EvidenceIndex) -> Sequence[Sentence]:
    """Give each answer with its question and its model, as a claim of that model."""
    asked = {question.text for question in plan.questions}
    return [
        Sentence(
            f"Asked {quoted(item.payload.question)}, the model {item.provenance.model} answered "
            f"{quoted(item.payload.answer)}: a claim of one model that nothing here confirms.",
            (item.id,),
        )
        for item in evidence.of_tool(ROLE)
        if isinstance(item.payload, Answer) and item.payload.question in asked
    ]


def build(settings: Settings, profile: Profile) -> Protocol:
    """Give the protocol over what the profile says that its VQA model reads, else the model's catalogue entry."""
    stated, aside = stated_by(settings, profile), CHEST_RADIOGRAPH in settings.protocols
    kinds = dict.fromkeys(item.upper().partition(":")[0] for item in stated)
    return Protocol(
        name=NAME,
        version="1",
        describe="The order's question is answered by the VQA model; no findings, nothing else is said.",
        exam=Exam(name="Imaging study"),
        modalities=tuple(kinds) if not aside else tuple(kind for kind in kinds if kind not in RADIOGRAPHS),
        body_part="what the VQA model states",
        series="one image: the middle one of the longest series",
        takes=partial(takes, stated, aside),
        choose=partial(choose, stated),
        notes=notes,
        technique=technique,
        told=told,
        gate_tools=("header",),
        tools=("header", ROLE),
        reads=lambda _study: None,
        expected={ROLE: "no question can be answered"},
        questions=questions,
        rules=RULES,
        limits=(LIMIT,),
    )


def stated_by(settings: Settings, profile: Profile) -> tuple[str, ...]:
    """Give what the VQA model is stated to read; nothing for a model of which nobody says so."""
    spec = profile.roles.get(ROLE)
    if spec is None or ROLE not in profile.tools:
        return ()
    if spec.reads is not None:
        return spec.reads
    return entry(spec.model, settings).reads if is_known(spec.model, settings) else ()
