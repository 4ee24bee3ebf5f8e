"""Render a document as Markdown, plain text or HTML; whatever a model or a header said is escaped."""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.outputs.document import Document

_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~#])")
_LIST_START = re.compile(r"^(\d+)([.)])(?=\s|$)")


def as_markdown(document: Document) -> str:
    """Render for a Markdown reader; citation marks are links to the numbered evidence below."""
    return _environment(html=False).get_template("report.md.jinja").render(document=document)


def as_text(document: Document) -> str:
    """Render plain text, nothing escaped: for a viewer that knows no markup."""
    return _environment(html=False).get_template("report.txt.jinja").render(document=document)


def as_html(document: Document) -> str:
    """Render one self-contained page: no script, nothing loaded from elsewhere."""
    return _environment(html=True).get_template("report.html.jinja").render(document=document)


def escape_markdown(text: str) -> str:
    """Make text stand for itself in Markdown: no markup, no HTML, no new block, no list."""
    flat = " ".join(text.split())
    plain = flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    marked = _MARKDOWN.sub(r"\\\1", plain)
    numbered = _LIST_START.sub(r"\1\\\2", marked)
    return f"\\{numbered}" if numbered[:1] in ("-", "+", "=") else numbered


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("overread.outputs"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = escape_markdown
    return environment
