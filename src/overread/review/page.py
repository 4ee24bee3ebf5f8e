"""The Gradio page: one HTML component that shows what the handlers render, and one server-side session a tab."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from overread.review.access import Access
from overread.review.handlers import Caller, PageHandlers, Shown
from overread.review.session import Session

TITLE = "Overread"
HEAD = '<link rel="stylesheet" href="/review/overread.css">'
MOUNT = """
const events = {list: 'show_list', open: 'open_case', decide: 'decide_case'};
const send = (name, data) => trigger(events[name], data);
import('/review/app.js').then((app) => app.mount(element, props, watch, send));
"""
CONCURRENT = 4
"""Requests of one kind that are worked on at the same time; a signature may wait for the case's lock."""

Handler = Callable[[Session, Caller, Any], Shown]


def build_page(handlers: PageHandlers, access: Access) -> gr.Blocks:
    """Lay the page out and bind its three events."""
    page = gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=(600, 600), fill_width=True)
    with page:
        session = gr.State(Session(), time_to_live=12 * 3600)
        board = gr.HTML(
            value={"html": "", "view": "empty"},
            html_template='<main class="overread" id="overread"></main>',
            js_on_load=MOUNT,
            apply_default_css=False,
            elem_id="board",
        )
        bound: dict[str, Handler] = {
            "show_list": handlers.worklist,
            "open_case": handlers.open,
            "decide_case": handlers.decide,
        }
        for event, handler in bound.items():
            listen = getattr(board, event)
            listen(_from_event(handler, access), inputs=[session], outputs=[session, board], **_quietly())
        page.load(_from_load(handlers.worklist, access), inputs=[session], outputs=[session, board], **_quietly())
    # Without api_open=False every handler would answer on the public API as well.
    page.queue(api_open=False, max_size=64, default_concurrency_limit=CONCURRENT)
    return page


def _quietly() -> dict[str, Any]:
    return {"api_visibility": "private", "show_progress": "hidden", "queue": True}


def _from_event(handler: Handler, access: Access) -> Callable[..., Shown]:
    def handle(session: Session, event: gr.EventData, request: gr.Request) -> Shown:
        return handler(session, _caller(access, request), event._data)

    return handle


def _from_load(handler: Handler, access: Access) -> Callable[..., Shown]:
    def handle(session: Session, request: gr.Request) -> Shown:
        return handler(session, _caller(access, request), None)

    return handle


def _caller(access: Access, request: gr.Request) -> Caller:
    """Ask who this is, on every request: a login that has ended ends here too."""
    headers = {str(name).lower(): str(value) for name, value in dict(request.headers).items()}
    cookies = {str(name): str(value) for name, value in dict(request.cookies).items()}
    return Caller(reader=access.reader(cookies, headers), session=request.session_hash or "")
