"""Number the pictures of a case, so that an address names a picture without naming a patient, study or instance."""

from collections.abc import Mapping
from dataclasses import dataclass

from overread.imaging.hanging import turn_of
from overread.records import Case, ImageRef, Plan, Study
from overread.review.formatting import date_words

Headers = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class PictureView:
    """One picture as the viewer shows it."""

    number: int
    address: str
    rows: int
    columns: int
    title: str
    study_date: str
    prior: bool
    left_mark: str | None
    """Side of the patient at the left edge of the picture; None when it has no sides or nobody knows."""
    right_mark: str | None
    marks_assumed: bool
    """True when no header says how the patient stands in the picture, and convention is all there is."""
    window: str
    note: str | None


def images_of(case: Case) -> tuple[tuple[Study, ImageRef], ...]:
    """Give every image of the study, then of each prior, in a fixed order: the place is the picture's number."""
    studies = (case.study, *(prior.study for prior in case.priors))
    return tuple((study, image) for study in studies for image in study.images)


def pictures_of(case: Case, headers: Headers) -> tuple[PictureView, ...]:
    """Lay out the pictures of a case by their numbers; `headers` (by SOP Instance UID) say which side lies where."""
    return tuple(
        _view(case, number, study, image, headers.get(image.sop_instance_uid, {}))
        for number, (study, image) in enumerate(images_of(case))
    )


def first_shown(case: Case, plan: Plan | None = None) -> int:
    """Give the number of the picture that the plan has read, else of the best frontal one, else the first."""
    planned = number_of(case, plan.image_sop_instance_uid, plan.image_frame) if plan else None
    if planned is not None:
        return planned
    frontal = case.study.frontal
    return next((n for n, (study, image) in enumerate(images_of(case)) if study is case.study and image is frontal), 0)


def number_of(case: Case, sop_instance_uid: str, frame: int) -> int | None:
    """Find a picture by what evidence points at."""
    for number, (_, image) in enumerate(images_of(case)):
        if (image.sop_instance_uid, image.frame) == (sop_instance_uid, frame):
            return number
    return None


def _view(case: Case, number: int, study: Study, image: ImageRef, header: Mapping[str, str]) -> PictureView:
    left, right, assumed = _marks(image, header.get("PatientOrientation") if image.hanging is None else None)
    frames = sum(other.sop_instance_uid == image.sop_instance_uid for other in study.images)
    frame = f" · frame {image.frame}" if frames > 1 else ""
    return PictureView(
        number=number,
        address=f"/picture/{case.case_id}/{number}",
        rows=image.rows,
        columns=image.columns,
        title=f"{image.view or 'view unknown'}{frame}",
        study_date=date_words(study.study_date),
        prior=study is not case.study,
        left_mark=left,
        right_mark=right,
        marks_assumed=assumed,
        window=image.window,
        note=_note(image),
    )


def _note(image: ImageRef) -> str | None:
    """Say what of the picture is not as it was sent, or not from its header."""
    said = ["view guessed from the pixels"] if image.view_source == "pixels" else []
    if image.hanging is not None and (turn := turn_of(image.hanging)):
        said.append(f"{turn} as the header says")
    if image.sides == "withheld":
        said.append("sides not known")
    return "; ".join(said) or None


def _marks(image: ImageRef, orientation: str | None) -> tuple[str | None, str | None, bool]:
    """Tell which side of the patient lies at the left and right edge of the picture as it was hung.

    A picture that was not hung is marked by its `orientation` (PatientOrientation, PS3.3 C.7.6.1.1.1).
    """
    if image.view == "LATERAL" or image.sides == "withheld":
        return None, None, False
    if image.sides == "stated":
        return "R", "L", False
    toward = (orientation or "").upper().partition("\\")[0][:1]
    if toward in ("L", "R"):
        return ("R", "L", False) if toward == "L" else ("L", "R", False)
    return ("R", "L", True) if not orientation else (None, None, False)
