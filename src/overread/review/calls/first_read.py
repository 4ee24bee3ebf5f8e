"""Keep what a reader sees in the images before the draft is shown to them."""

from typing import Any

from pydantic import Field, ValidationError

from overread.errors import StaleReview, UsageError
from overread.reasoning.vocabulary import term
from overread.records import AddedFinding, FirstRead, Laterality
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.first_reading import is_hidden
from overread.review.forms import CaseForm, Form, Remark, read_form


class SeenFindingForm(Form):
    """A finding by its label, with its side."""

    label: str = Field(max_length=80)
    laterality: Laterality | None = None


class FirstReadForm(CaseForm):
    """A first impression."""

    text: Remark
    findings: tuple[SeenFindingForm, ...] = Field(default=(), max_length=20)


def first_read(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Write it down with its time; the page opens the case anew. Raises `UsageError` where it says nothing."""
    form = read_form(FirstReadForm, sent)
    known = desk.decidable(reader, form.case_id)
    if not is_hidden(desk.room, known, form.case_id):
        raise StaleReview("nothing of this case is hidden from you; a first impression is written before")
    desk.room.home.first_reads.add(form.case_id, _made(form, known.author, desk))
    return {}


def _made(form: FirstReadForm, author: str, desk: Desk) -> FirstRead:
    for item in form.findings:
        known = term(item.label)
        if item.laterality and not known.sided:
            raise UsageError(f"{item.label} has no side")
    found = tuple(AddedFinding(label=item.label, laterality=item.laterality) for item in form.findings)
    try:
        return FirstRead(author=author, text=form.text, findings=found, at=desk.clock())
    except ValidationError:
        raise UsageError("say what you see, in a few words") from None
