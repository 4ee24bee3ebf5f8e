"""The Gradio page: one HTML component that shows what the handlers render, and one server-side session a tab."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from overread.review.access import Access
from overread.review.actions import ACTIONS, act
from overread.review.desk import Action, Caller, Desk, Shown
from overread.review.session import Session

TITLE = "Overread"
HEAD = """<link rel="stylesheet" href="/review/overread.css"><link rel="stylesheet" href="/review/signed_in.css">
<link rel="stylesheet" href="/review/signing.css">
<script type="module" src="/review/signed_in.js"></script>"""
# Gradio takes an event of our own only when the script names it in quotes.
MOUNT = f"""
const events = {list(ACTIONS)!r};
import('/review/app.js').then((app) => app.mount(element, props, watch, trigger));
"""
CONCURRENT = 4
"""Requests of one kind that are worked on at the same time; a signature may wait for the case's lock."""


def build_page(desk: Desk) -> gr.Blocks:
    """Lay the page out and bind each of its events to its action."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(600, 600), fill_width=True)
    with page:
        session = gr.State(Session(), time_to_live=12 * 3600)
        board = gr.HTML(
            value={"html": "", "view": "empty"},
            # Gradio's own page has a main landmark around it.
            html_template='<div class="overread" id="overread"></div>',
            js_on_load=MOUNT,
            apply_default_css=False,
            elem_id="board",
        )
        for name, action in ACTIONS.items():
            listen = getattr(board, name)
            listen(_handler(action, desk), inputs=[session], outputs=[session, board], **_quietly())
    # Without api_open=False every handler would answer on the public API as well.
    page.queue(api_open=False, max_size=64, default_concurrency_limit=CONCURRENT)
    return page


def _quietly() -> dict[str, Any]:
    return {"api_visibility": "private", "show_progress": "hidden", "queue": True}


def _handler(action: Action, desk: Desk) -> Callable[..., Shown]:
    def handle(session: Session, event: gr.EventData, request: gr.Request) -> Shown:
        return act(action, desk, session, _caller(desk.access, request), event._data)

    return handle


def _caller(access: Access, request: gr.Request) -> Caller:
    """Ask who this is, on every request: a login that has ended ends here too."""
    headers = {str(name).lower(): str(value) for name, value in dict(request.headers).items()}
    cookies = {str(name): str(value) for name, value in dict(request.cookies).items()}
    return Caller(reader=access.reader(cookies, headers), session=request.session_hash or "")
