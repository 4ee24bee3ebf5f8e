"""The Gradio page: one HTML component that shows what the handlers render, and one server-side session a tab."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from overread.review.access import Access
from overread.review.actions import ACTIONS, act
from overread.review.desk import Action, Caller, Desk, Shown
from overread.review.language import languages, speaking
from overread.review.session import Session
from overread.review.static_files import address, names

TITLE = "Overread"
STYLES = ("palette", "overread", "signed_in", "signing")
EARLY = ("theme", "printing")
"""Scripts that must run before anything is drawn, and so are no modules."""
MODULES = ("signed_in", "tour")
HEAD = "".join(
    (
        *(f'<script src="{address()}/{name}.js"></script>' for name in EARLY),
        *(f'<link rel="stylesheet" href="{address()}/{name}.css">' for name in STYLES),
        # Fetched while Gradio's own scripts are: one import after the other would begin only then.
        *(
            f'<link rel="modulepreload" href="{address()}/{name}">'
            for name in names()
            if name.endswith(".js") and name.removesuffix(".js") not in (*EARLY, "recorder", "dictation")
        ),
        *(f'<script type="module" src="{address()}/{name}.js"></script>' for name in MODULES),
    )
)
DICTATION = f"""<link rel="stylesheet" href="{address()}/dictation.css">
<script type="module" src="{address()}/dictation.js"></script>"""
# Gradio takes an event of our own only when the script names it in quotes.
MOUNT = f"""
const events = {list(ACTIONS)!r};
import('{address()}/app.js').then((app) => app.mount(element, props, watch, trigger));
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
            # The page sends one request at a time, in its own order; by itself Gradio would drop the second silently.
            listen(_handler(action, desk), inputs=[session], outputs=[session, board], **_quietly())
    # Without api_open=False every handler would answer on the public API as well.
    page.queue(api_open=False, max_size=64, default_concurrency_limit=CONCURRENT)
    return page


def _quietly() -> dict[str, Any]:
    return {"api_visibility": "private", "show_progress": "hidden", "queue": True, "trigger_mode": "multiple"}


def _handler(action: Action, desk: Desk) -> Callable[..., Shown]:
    def handle(session: Session, event: gr.EventData, request: gr.Request) -> Shown:
        asked, sent = _numbered(event._data)
        # What Gradio's queue works on is no part of the request that asked for it.
        settings = desk.room.services.settings
        known = languages(settings.translations)
        with speaking(known.chosen(settings.language, _headers(request)), known.names):
            session, shown = act(action, desk, session, _caller(desk.access, request), sent)
        return session, shown if asked is None else {**shown, "asked": asked}

    return handle


def _numbered(sent: Any) -> tuple[int | None, Any]:
    """Take the number of a request off it; its answer bears it, as of two equal answers Gradio shows the page one."""
    if not isinstance(sent, dict) or not isinstance(sent.get("asked"), int):
        return None, sent
    return sent["asked"], {name: value for name, value in sent.items() if name != "asked"}


def _caller(access: Access, request: gr.Request) -> Caller:
    """Ask who this is, on every request: a login that has ended ends here too."""
    cookies = {str(name): str(value) for name, value in dict(request.cookies).items()}
    return Caller(reader=access.reader(cookies, _headers(request)), session=request.session_hash or "")


def _headers(request: gr.Request) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in dict(request.headers).items()}
