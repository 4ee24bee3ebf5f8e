"""Ask the VQA model about the case that is open; the answer is kept with the case and changes nothing of it."""

from typing import Annotated, Any

from pydantic import Field

from overread.questioning import ask_of
from overread.review.access import Reader
from overread.review.ask_view import asked_model, asked_view
from overread.review.desk import Desk
from overread.review.forms import CaseForm, read_form
from overread.review.rendering import render_asked


class AskForm(CaseForm):
    """A question about a case."""

    text: Annotated[str, Field(min_length=3, max_length=300)]


def ask(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with the entry of the list as HTML, and what the viewer draws of it."""
    form = read_form(AskForm, sent)
    file = desk.file(desk.decidable(reader, form.case_id), form.case_id)
    desk.refuse_hidden(reader, form.case_id)
    asked = ask_of(desk.room, file, form.text, reader.author)
    desk.room.home.questions.add(form.case_id, asked)
    view = asked_view(asked, file)
    return {"html": render_asked((view,)), "overlay": asked_model(view)}
