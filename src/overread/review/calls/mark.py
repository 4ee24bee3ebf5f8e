"""Keep what a reader measured or drew, as it is made."""

import secrets
from typing import Annotated, Any

from pydantic import Field

from overread.errors import UsageError
from overread.records import ImageRef, Mark
from overread.records.marks import Coordinate, MarkKind
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import CaseForm, read_form
from overread.review.measures import POINTS, measured
from overread.review.pictures import images_of


class MarkForm(CaseForm):
    """A mark on one picture, by the number that it has on the page."""

    picture: Annotated[int, Field(ge=0)]
    kind: MarkKind
    points: Annotated[tuple[tuple[Coordinate, Coordinate], ...], Field(min_length=2, max_length=4)]
    replaces: Annotated[str, Field(pattern=r"^m-[0-9a-f]{16}$")] | None = None


def mark(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with the id that the mark is kept under, and with what it measures."""
    form = read_form(MarkForm, sent)
    file = desk.file(desk.decidable(reader, form.case_id), form.case_id)
    images = images_of(file.case)
    if form.picture >= len(images):
        raise UsageError("the case has no such picture")
    image = images[form.picture][1]
    _check(form, image)
    figure = measured(form.kind, form.points, image.spacing)
    kept = Mark(
        id=f"m-{secrets.token_hex(8)}",
        kind=form.kind,
        sop_instance_uid=image.sop_instance_uid,
        frame=image.frame,
        points=form.points,
        value=figure.value,
        unit=figure.unit,
        spacing=image.spacing,
        replaces=form.replaces,
        author=reader.author,
        at=desk.clock(),
    )
    desk.room.home.marks.add(form.case_id, kept)
    return {"id": kept.id, "author": kept.author, "value": kept.value, "unit": kept.unit}


def _check(form: MarkForm, image: ImageRef) -> None:
    if len(form.points) != POINTS[form.kind]:
        raise UsageError(f"a {form.kind} has {POINTS[form.kind]} points")
    if any(x > image.columns or y > image.rows for x, y in form.points):
        raise UsageError("a point lies outside the picture")
