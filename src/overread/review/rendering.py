"""Pages as HTML: every value is escaped by the template engine, none is pasted in."""

import json
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.review.access import Reader
from overread.review.alert_view import AlertView
from overread.review.ask_view import AskedView
from overread.review.case_page import CasePage
from overread.review.progress_view import ProgressView
from overread.review.worklist_page import WorklistPage


def render_worklist(page: WorklistPage) -> str:
    """Render the list as a piece of a page."""
    return _environment().get_template("worklist.html.jinja").render(page=page)


def render_case(
    page: CasePage, model: dict[str, Any], token: str | None, reader: Reader, asked: Sequence[AskedView] = ()
) -> str:
    """Render a case; `token` seals its draft to this session, None when there is nothing to decide."""
    template = _environment().get_template("case.html.jinja")
    evidence = {view.id: view for view in page.evidence}
    return template.render(
        page=page, model=json.dumps(model), token=token, reader=reader, evidence=evidence, asked=asked
    )


def render_asked(asked: Sequence[AskedView]) -> str:
    """Render questions with their answers as entries of a list."""
    return _environment().get_template("asked.html.jinja").render(asked=asked)


def render_alert(view: AlertView, reader: Reader, *, may_tell: bool, decidable: bool) -> str:
    """Render the banner of one critical result."""
    template = _environment().get_template("alert.html.jinja")
    return template.render(alert=view, reader=reader, may_tell=may_tell, decidable=decidable)


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
