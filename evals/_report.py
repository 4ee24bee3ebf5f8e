"""The report page of a suite run, readable without anything else beside it."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def write_html(result: dict[str, Any], path: Path) -> None:
    """Write `results.json`'s content as one HTML page."""
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    scorers = sorted({score["scorer"] for row in result["rows"] for score in row["scores"]})
    text = pages.get_template("report.html.jinja").render(result=result, scorers=scorers)
    path.write_text(text, encoding="utf-8")
