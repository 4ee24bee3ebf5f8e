"""A protocol of somebody's own package: it reads any CT, and says how large the slice is."""

from collections.abc import Sequence

from overread.imaging.image_choice import is_quality_control
from overread.ports import EvidenceIndex
from overread.protocol import Choice, Headers, Look, Protocol, Sentence
from overread.records import Case, Evidence, Exam, GateVerdict, ImageRef, Order, Plan, Refusal, Study
from overread.settings import Profile, Settings


def takes(study: Study, headers: Headers, _order: Order) -> Refusal | None:
    if not any(series.modality == "CT" for series in study.series):
        return Refusal(reason="wrong_modality", detail="it is no CT", next_step="Give a CT")
    if all(is_quality_control(headers.get(image.sop_instance_uid, {})) for image in study.images):
        return Refusal(reason="quality_control", detail="it is a test picture", next_step="Give a patient's CT")
    return None


def choose(study: Study, _headers: Headers, _look: Look) -> Choice:
    return Choice(study.images[0], None, ())


def notes(_study: Study, _seen: Sequence[Evidence], _image: ImageRef | None, _headers: Headers) -> tuple[str, ...]:
    return ()


def technique(_case: Case, _plan: Plan, evidence: EvidenceIndex) -> Sentence:
    return Sentence("Computed tomography.", tuple(e.id for e in evidence.all() if isinstance(e.payload, GateVerdict)))


def build(settings: Settings, profile: Profile) -> Protocol:
    return Protocol(
        name="slices",
        version="1",
        describe="Names the exam.",
        exam=Exam(name="Computed tomography"),
        modalities=("CT",),
        body_part="any",
        series="a CT",
        takes=takes,
        choose=choose,
        notes=notes,
        technique=technique,
        gate_tools=(),
        tools=(),
        rules=(),
        limits=("Nothing was looked for.",),
    )
