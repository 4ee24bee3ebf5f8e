"""Open one case in this session, in place of the one that was open."""

from typing import Any

from overread.review.case_page import case_page, viewer_model
from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import OpenForm, read_form
from overread.review.rendering import render_case
from overread.review.session import Session


def open_case(desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """Open the case that was asked for; each opening is audited, what the page asks again for by itself is not."""
    case_id = read_form(OpenForm, sent).case_id
    shown = shown_case(desk, caller, case_id)
    if session.case_id != case_id:
        desk.looked(desk.readable(caller.reader, case_id), case_id)
    return shown


def shown_case(desk: Desk, caller: Caller, case_id: str, notice: str | None = None) -> Shown:
    """Show a case as the store has it now, sealed to this reader, tab and draft where a decision is waited for."""
    reader = desk.readable(caller.reader, case_id)
    store, file = desk.room.store, desk.room.file(case_id)
    page = case_page(file, store.identity(case_id), store.headers(case_id), store.alerts(case_id))
    digest = file.draft_digest if page.decidable else None
    token = desk.seals.seal(reader, caller.session, case_id, digest) if digest else None
    html = render_case(page, viewer_model(page), token, reader)
    shown = {"html": html, "view": "case", "moving": page.moving, "address": f"/?case={case_id}"}
    return Session(case_id, digest), {**shown, **({"notice": notice, "level": "done"} if notice else {})}
