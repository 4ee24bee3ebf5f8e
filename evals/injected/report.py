"""The page of the suite of injected conflicts."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.evals.injected.run import ConflictResult
from overread.evals.injected.wordings import PARTS


def write_result(result: ConflictResult, out: Path) -> None:
    """Write `results.json` and `report.html` into a folder, which is made."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    text = pages.get_template("conflicts.html.jinja").render(result=result, parts=(*PARTS, "all"))
    (out / "report.html").write_text(text, encoding="utf-8")
