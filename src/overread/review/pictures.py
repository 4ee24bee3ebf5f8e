"""Number the pictures of a case, so that an address names a picture without naming a patient, study or instance."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from overread.imaging.hanging import turn_of
from overread.records import Case, ImageRef, Plan, Spacing, Study
from overread.review.edges import EdgeMarks, edges_of
from overread.review.formatting import date_words
from overread.review.language import gettext

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
    edges: EdgeMarks
    window: str
    note: str | None
    greys: str
    """What its grey levels are: stored values, or the 256 of the picture and why there are no others."""
    preview: str
    """Address of the picture small, as the models saw it."""
    values: str | None
    """Address of the stored values, where they are kept."""
    spacing: Spacing | None
    said: str | None
    """Of a prior: what says that it is of the same patient."""

    @property
    def marks_assumed(self) -> bool:
        """Say whether convention is all that its side marks rest on."""
        return self.edges.assumed


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


def beside_of(pictures: Sequence[PictureView], first: int, drawn: Collection[int]) -> tuple[PictureView, ...]:
    """Order what may stand beside the first picture: priors that tools drew on, priors of its view, priors, others."""
    view = pictures[first].title.split(" ")[0] if pictures else ""
    others = [picture for picture in pictures if picture.number != first]
    by = {one.number: (not one.prior, one.number not in drawn, not one.title.startswith(view)) for one in others}
    return tuple(sorted(others, key=lambda picture: by[picture.number]))


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
    orientation = header.get("PatientOrientation") if image.hanging is None else None
    frames = sum(other.sop_instance_uid == image.sop_instance_uid for other in study.images)
    frame = " · " + gettext("frame {number}").format(number=image.frame) if frames > 1 else ""
    return PictureView(
        number=number,
        address=f"/picture/{case.case_id}/{number}",
        rows=image.rows,
        columns=image.columns,
        title=f"{image.view or gettext('view unknown')}{frame}{_apart(image, study)}",
        study_date=date_words(study.study_date),
        prior=study is not case.study,
        edges=edges_of(image, orientation),
        window=image.window,
        note=_note(image),
        greys=_greys(image),
        preview=f"/preview/{case.case_id}/{number}",
        values=f"/values/{case.case_id}/{number}" if image.greys_digest else None,
        spacing=image.spacing,
        said=_said(case, study),
    )


def _note(image: ImageRef) -> str | None:
    """Say what of the picture is not as it was sent, or not from its header."""
    said = [gettext("view guessed from the pixels")] if image.view_source == "pixels" else []
    if image.hanging is not None and (turn := turn_of(image.hanging)):
        said.append(gettext("{turn} as the header says").format(turn=gettext(turn)))
    if image.sides == "withheld":
        said.append(gettext("sides not known"))
    return "; ".join(said) or None


def _apart(image: ImageRef, study: Study) -> str:
    """Tell images of one view apart by their place among them, and say which are not meant to be read."""
    alike = list(dict.fromkeys(other.sop_instance_uid for other in study.images if other.view == image.view))
    number = alike.index(image.sop_instance_uid) + 1
    place = " " + gettext("{number} of {count}").format(number=number, count=len(alike)) if len(alike) > 1 else ""
    return place + (f" ({gettext(image.aside.replace('_', ' '))})" if image.aside else "")


def _greys(image: ImageRef) -> str:
    if image.greys_digest is not None:
        return gettext("stored values")
    if image.window.startswith(("values as stored", "full range")):
        return gettext("256 greys, all there are")
    return gettext("256 greys made when it was read: the stored values were not kept")


def _said(case: Case, study: Study) -> str | None:
    prior = next((prior for prior in case.priors if prior.study is study), None)
    if prior is None:
        return None
    return gettext("same patient, as its sender stated") if prior.stated else gettext("same patient by its header")
