"""Take away a mark; it stays on file as taken away."""

from typing import Annotated, Any

from pydantic import Field

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import CaseForm, read_form


class UnmarkForm(CaseForm):
    """One mark."""

    mark: Annotated[str, Field(pattern=r"^m-[0-9a-f]{16}$")]


def unmark(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Take it away, if it is the reader's own."""
    form = read_form(UnmarkForm, sent)
    desk.decidable(reader, form.case_id)
    desk.room.home.marks.remove(form.case_id, form.mark, reader.author, desk.clock())
    return {}
