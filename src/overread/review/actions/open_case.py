"""Open one case in this session, in place of the one that was open."""

from typing import Any

from overread.oversight.facts import OPENED
from overread.review.ask_view import asked_model, asked_view
from overread.review.case_page import case_page, viewer_model
from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import OpenForm, read_form
from overread.review.mark_view import marks_model
from overread.review.rendering import render_case
from overread.review.session import Session
from overread.review.similar_view import similar_views


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
    store, file, hidden = desk.room.store, desk.file(reader, case_id), desk.hidden(reader, case_id)
    ohif_url, climb = desk.room.services.settings.ohif_url, desk.climb(case_id)
    page = case_page(
        file, store.identity(case_id), store.headers(case_id), desk.alerts(reader, case_id), ohif_url, climb
    )
    digest = file.draft_digest if page.decidable else None
    if digest:
        store.write(case_id, OPENED, draft=digest[:12])
    version = file.newest.text_digest if file.final and file.newest else None
    sealed = digest or version
    token = desk.seals.seal(reader, caller.session, case_id, sealed) if sealed else None
    questions = () if hidden else desk.room.home.questions.of(case_id)
    asked = [asked_view(item, file) for item in reversed(questions)]
    model = viewer_model(page)
    for drawn in filter(None, map(asked_model, asked)):
        model["overlays"].append(drawn)
        model["evidence"][drawn["id"]] = {"drawn": [drawn["id"]], "picture": drawn["picture"], "what": drawn["name"]}
    model["marks"] = marks_model(file.case, desk.room.home.marks.of(case_id), reader)
    may_sign = desk.access.may(reader, "sign", case_id)
    similar = similar_views(desk, reader, file)
    html = render_case(page, model, token, reader, asked, similar, may_sign=may_sign, hidden=hidden)
    shown = {"html": html, "view": "case", "moving": page.moving, "address": f"/?case={case_id}"}
    return Session(case_id, digest, version, len(file.versions)), {
        **shown,
        **({"notice": notice, "level": "done"} if notice else {}),
    }
