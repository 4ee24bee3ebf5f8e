"""Pages as HTML: every value is escaped by the template engine, none is pasted in."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.review.access import Reader
from overread.review.case_page import CasePage
from overread.review.progress_view import ProgressView
from overread.review.worklist_page import WorklistPage


def render_worklist(page: WorklistPage) -> str:
    """Render the list as a piece of a page."""
    return _environment().get_template("worklist.html.jinja").render(page=page)


def render_case(page: CasePage, model: dict[str, Any], token: str | None, reader: Reader) -> str:
    """Render a case; `token` seals its draft to this session, None when there is nothing to decide."""
    template = _environment().get_template("case.html.jinja")
    evidence = {view.id: view for view in page.evidence}
    return template.render(page=page, model=json.dumps(model), token=token, reader=reader, evidence=evidence)


def render_sign_in(onward: str, said: str | None) -> str:
    """Render the whole page where people sign in; `onward` is where they go then, `said` why they were not let in."""
    return _environment().get_template("sign_in.html.jinja").render(onward=onward, said=said)


def render_progress(view: ProgressView) -> str:
    """Render what a case is at as a piece of its page."""
    return _environment().get_template("progress.html.jinja").render(view=view)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("overread.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
