"""Studies, cases and evidence made to order, numbered so that the same numbers give the same records."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from overread.ports import Picture, ToolInput
from overread.records import (
    Case,
    Evidence,
    Hanging,
    ImageRef,
    Locator,
    Order,
    Payload,
    Prior,
    Provenance,
    Question,
    Region,
    Scalar,
    Series,
    Spacing,
    Study,
    View,
)
from overread.testing.doubles.memory import MemoryArtifacts, MemoryPixels, picture_digest

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def make_uid(*parts: object) -> str:
    """Give a valid UID (2.25.x, DICOM PS3.5 B.2) that depends on `parts` alone."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def make_picture(seed: int = 1, rows: int = 128, columns: int = 128) -> Picture:
    """Draw two dark lungs on a bright body with noise of `seed`; enough for shapes to differ, not a radiograph."""
    y, x = np.mgrid[0:rows, 0:columns] / np.array([rows, columns]).reshape(2, 1, 1)
    plane = np.asarray(170.0 + 40.0 * np.sin(3.1 * y + seed), np.float64)
    for centre in (0.3, 0.7):
        plane[((x - centre) / 0.15) ** 2 + ((y - 0.45) / 0.32) ** 2 < 1] = 60.0
    noise = np.random.default_rng(seed).normal(0, 12, (rows, columns))
    return np.asarray(np.clip(plane + noise, 0, 255), np.uint8)


def make_image(
    uid: str = "2.25.1",
    *,
    view: View | None = "PA",
    rows: int = 128,
    columns: int = 128,
    spacing: Spacing | None = None,
    hanging: Hanging | None = None,
    picture: Picture | None = None,
) -> ImageRef:
    """Reference one image; its digest is that of `picture`, or of `make_picture(1, rows, columns)`."""
    shown = make_picture(1, rows, columns) if picture is None else picture
    return ImageRef(
        sop_instance_uid=uid,
        rows=shown.shape[0],
        columns=shown.shape[1],
        view=view,
        view_source=None if view is None else "header",
        photometric="MONOCHROME2",
        spacing=spacing,
        hanging=hanging,
        window="full range",
        pixels_digest=picture_digest(shown),
    )


def make_study(
    patient: int = 1,
    study: int = 1,
    *,
    views: Sequence[View | None] = ("PA",),
    modality: str = "DX",
    body_part: str | None = "CHEST",
    date: str | None = "20260102",
    spacing: Spacing | None = None,
    hanging: Hanging | None = None,
    pictures: Sequence[Picture] = (),
    patient_key: str | None = None,
) -> Study:
    """Make a study of one series with one image per view; `pictures` in the order of `views`, else drawn."""
    shown = list(pictures) + [make_picture(100 * patient + study) for _ in views[len(pictures) :]]
    images = tuple(
        make_image(make_uid(patient, study, number), view=view, spacing=spacing, hanging=hanging, picture=shown[number])
        for number, view in enumerate(views)
    )
    series = Series(uid=make_uid(patient, study, "series"), modality=modality, body_part=body_part, images=images)
    return Study(
        uid=make_uid(patient, study),
        patient_key=patient_key or f"patient-{patient}",
        study_date=date,
        source="dicom",
        synthetic=True,
        series=(series,),
    )


def make_case(
    study: Study | None = None,
    *,
    case_id: str = "c-000000000001",
    profile: str = "scripted",
    order: Order | None = None,
    priors: tuple[Prior, ...] = (),
) -> Case:
    """Make a case of a study, drawn when none is given; its id does not follow from its content."""
    return Case(case_id=case_id, profile=profile, order=order or Order(), study=study or make_study(), priors=priors)


def make_provenance(
    tool: str = "classification",
    *,
    model: str = "double",
    seconds: float = 0.1,
    prompt: str | None = None,
    parameters: Mapping[str, Scalar] | None = None,
) -> Provenance:
    """Make a provenance that begins at `STARTED` and takes `seconds`; version `1`, weights of twelve zeros."""
    return Provenance(
        tool=tool,
        tool_version="1",
        model=model,
        weights_digest="0" * 12,
        prompt=prompt,
        parameters=dict(parameters or {}),
        started=STARTED,
        ended=STARTED + timedelta(seconds=seconds),
    )


def make_evidence(
    payload: Payload,
    study: Study | None = None,
    *,
    tool: str = "classification",
    region: Region | None = None,
    image: ImageRef | None = None,
    provenance: Provenance | None = None,
) -> Evidence:
    """Make evidence that points at `image`, at the study's frontal image when none is given."""
    seen = image or (study or make_study()).frontal
    if seen is None:
        raise ValueError("the study has no frontal image; name the image")
    locator = Locator(sop_instance_uid=seen.sop_instance_uid, frame=seen.frame, region=region)
    return Evidence.of(payload, locator, provenance or make_provenance(tool))


def make_prior(study: Study, picture: Picture, *, date: str = "20250102", report: str | None = None) -> Prior:
    """Make an earlier study of a study's patient that shows `picture`."""
    then = make_study(study=0, views=("PA",), pictures=(picture,), date=date, patient_key=study.patient_key)
    return Prior(study=then.model_copy(update={"synthetic": study.synthetic}), report=report)


def make_work(
    picture: Picture | None = None,
    *,
    study: Study | None = None,
    view: View | None = "PA",
    spacing: Spacing | None = None,
    questions: tuple[Question, ...] = (),
    header: Mapping[str, str] | None = None,
    earlier: Picture | None = None,
) -> ToolInput:
    """Make a tool's work on `picture`, with stores in memory; a `study` must reference that picture.

    With an `earlier` picture the study has a prior of the same patient that shows it.
    """
    shown = make_picture() if picture is None else picture
    chosen = study or make_study(views=(view,), pictures=(shown,), spacing=spacing)
    image = chosen.frontal or chosen.images[0]
    return ToolInput(
        study=chosen,
        image=image,
        pixels=MemoryPixels([shown] if earlier is None else [shown, earlier]),
        artifacts=MemoryArtifacts(),
        header=dict(header or {}),
        priors=() if earlier is None else (make_prior(chosen, earlier),),
        questions=questions,
    )
