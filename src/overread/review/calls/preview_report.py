"""Give the report as the page's decisions would leave it, and what to look at in it; nothing is written down."""

from typing import Any

from overread.linting import Note
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import SoFarForm, read_form, review_so_far
from overread.review.refusals import refusal_words


def preview_report(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with `sections` (each line with its words, origin and what it stands for) and `notes`."""
    form = read_form(SoFarForm, sent)
    case = desk.file(reader, form.case_id).case
    desk.refuse_hidden(reader, form.case_id)
    shown = desk.room.preview(form.case_id, review_so_far(form, reader, case, desk.clock()))
    return {
        "sections": {
            section: [
                {"id": line.statement.id, "of": line.of, "text": line.statement.text, "origin": line.origin}
                for line in lines
            ]
            for section, lines in shown.sections.items()
        },
        "notes": [note.model_dump(mode="json") | _said(note) for note in shown.notes],
    }


def _said(note: Note) -> dict[str, str]:
    """Say what contradicts itself in a review in the language of the page; what quotes the report stays English."""
    return {"message": refusal_words(note.message)} if note.source == "review" else {}
