"""The rows of the worklist and its figures, or word that nothing is new since the page asked last."""

from typing import Any

from overread.records import content_digest
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import ListForm, read_form
from overread.review.rendering import render_parts
from overread.review.worklist_page import worklist_page


def list_rows(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with the parts of the page as HTML and their `mark`, or with the mark alone where it is the one sent.

    The mark is of what is shown, so that whatever changes it is new: a case, its state, a lease that ended, a minute.
    """
    form = read_form(ListForm, sent)
    scope, home = desk.scope(reader, named=form.names), desk.room.home
    page = worklist_page(home.worklist.page(form.query, scope), form.query, scope, desk.clock())
    parts = render_parts(page, home.assignments.handovers(scope.author), may_add=desk.may_add(reader))
    mark = content_digest(parts)
    return {"mark": mark} if mark == form.mark else {"mark": mark, "parts": parts}
