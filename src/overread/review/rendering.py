"""Pages as HTML: every value is escaped by the template engine, none is pasted in."""

import json
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from overread.reasoning.predictive import ABSENT, PRESENT
from overread.records import NO_MODEL, content_digest
from overread.review.access import Reader
from overread.review.alert_view import AlertView
from overread.review.ask_view import AskedView
from overread.review.case_page import CasePage
from overread.review.keys import MOUSE, keys_at
from overread.review.labels import SEVERITIES
from overread.review.language import gettext, language, ngettext, offered, speech
from overread.review.paper import paper_of
from overread.review.progress_view import ProgressView
from overread.review.similar_view import SimilarView
from overread.review.worklist_page import STATUS_WORDS, WorklistPage, handover_words
from overread.store.assignments import Handover
from overread.store.list_query import Scope, Sort

COLUMNS: tuple[tuple[Sort, str], ...] = (
    ("priority", "Priority"),
    ("critical", "Critical result"),
    ("status", "Status"),
    ("patient", "Patient"),
    ("accession", "Accession"),
    ("exam", "Exam"),
    ("study", "Study date"),
    ("age", "Waiting"),
    ("assignee", "With"),
)
"""Columns of the list by what they sort by."""
DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
AGES = {"overdue": "overdue", "day": "within a day", "week": "within a week", "older": "before that"}


def render_worklist(
    page: WorklistPage,
    choices: tuple[Sequence[str], Sequence[str]],
    people: Sequence[str],
    notices: Sequence[Handover],
    scope: Scope,
    *,
    may_add: bool,
) -> str:
    """Render the list with its filters as a piece of a page."""
    parts = render_parts(page, notices, may_add=may_add)
    template = _environment().get_template("worklist.html.jinja")
    modalities, views = choices
    return template.render(
        page=page,
        parts={name: Markup(html) for name, html in parts.items()},
        mark=content_digest(parts),
        modalities=modalities,
        views=views,
        people=people,
        author=scope.author,
        ages=AGES,
        may_add=may_add,
    )


def render_parts(page: WorklistPage, notices: Sequence[Handover], *, may_add: bool) -> dict[str, str]:
    """Render what changes in the list while it is looked at, by the name of its place."""
    told, until = handover_words(notices), notices[-1].id if notices else None
    environment = _environment()
    return {
        name: environment.get_template(f"worklist_{name}.html.jinja").render(
            page=page, told=told, until=until, columns=COLUMNS, may_add=may_add
        )
        for name in ("notices", "counts", "hidden", "table", "foot")
    }


def render_case(
    page: CasePage,
    model: dict[str, Any],
    token: str | None,
    reader: Reader,
    asked: Sequence[AskedView] = (),
    similar: Sequence[SimilarView] = (),
    *,
    may_sign: bool = False,
    hidden: bool = False,
) -> str:
    """Render a case; `token` seals its draft, or signed report, to this session; None when there is neither.

    `may_sign`: the reader may add to a signed report; `hidden`: what the models say waits for the reader's own words.
    """
    template = _environment().get_template("case.html.jinja")
    evidence = {view.id: view for view in page.evidence}
    return template.render(
        page=page,
        paper=paper_of(page),
        model=json.dumps(model),
        token=token,
        reader=reader,
        evidence=evidence,
        asked=asked,
        similar=similar,
        may_sign=may_sign,
        hidden=hidden,
    )


def render_asked(asked: Sequence[AskedView]) -> str:
    """Render questions with their answers as entries of a list."""
    return _environment().get_template("asked.html.jinja").render(asked=asked)


def render_alert(view: AlertView, reader: Reader, *, may_tell: bool, decidable: bool) -> str:
    """Render the banner of one critical result."""
    template = _environment().get_template("alert.html.jinja")
    return template.render(alert=view, reader=reader, may_tell=may_tell, decidable=decidable)


def render_sign_in(onward: str, said: str | None, provider: str | None = None, *, out: bool = False) -> str:
    """Render the whole page where people sign in; `onward` is where they go then, `said` why they were not let in.

    `provider` is whom the page sends them to, None where name and password are asked for here; `out`: they just left.
    """
    template = _environment().get_template("sign_in.html.jinja")
    return template.render(onward=onward, said=said, provider=provider, out=out)


def render_help(statuses: Sequence[tuple[str, str]], tools: Sequence[tuple[str, str]], version: str) -> str:
    """Render the whole help page: states of a case in words, tools by what each says of itself."""
    template = _environment().get_template("help.html.jinja")
    return template.render(statuses=statuses, tools=tools, version=version, present=PRESENT, absent=ABSENT)


def render_progress(view: ProgressView) -> str:
    """Render what a case is at as a piece of its page."""
    return _environment().get_template("progress.html.jinja").render(view=view)


def whole_days(text: str) -> Markup:
    """Escape a text, and keep each day of it (2024-01-02) on one line: a browser breaks after a hyphen."""
    return Markup(DAY.sub(r'<span class="whole">\g<0></span>', str(escape(text))))


@cache
def _environment() -> Environment:
    # Kept, so that each template is compiled once and not for every look at the list.
    environment = Environment(
        loader=PackageLoader("overread.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    # Only messages of the program may be handed to it: what comes back is not escaped.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(keys_at=keys_at, mouse=MOUSE, language=language, languages=offered, speech=speech)
    # What a record holds may be said by the catalogue, and is escaped.
    environment.filters["whole_days"] = whole_days
    environment.globals.update(said=gettext, status_words=STATUS_WORDS, severities=SEVERITIES, no_model=NO_MODEL)
    return environment
