"""Leave the open case, if any, and show the worklist."""

from typing import Any

from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import ListForm, read_form
from overread.review.rendering import render_worklist
from overread.review.session import Session
from overread.review.worklist_page import worklist_page


def show_list(desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """List the cases that the reader may see, as the filters and the order say that were sent."""
    reader = desk.allowed(caller.reader, "list")
    form = read_form(ListForm, sent or {})
    scope, home = desk.scope(reader, named=form.names), desk.room.home
    page = worklist_page(home.worklist.page(form.query, scope), form.query, scope, desk.clock())
    notices = home.assignments.handovers(scope.author)
    html = render_worklist(
        page, home.worklist.choices(scope), home.assignments.people(), notices, scope, may_add=desk.may_add(reader)
    )
    return Session(), {"html": html, "view": "worklist"}
