"""The page of a scoring: figures with intervals, plots, and every pair, to be opened without a network."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from overread.evals.metrics._result import ScoreResult


def write_page(result: ScoreResult, out: Path) -> None:
    """Write `results.json` and `report.html` into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    pages = Environment(loader=PackageLoader("overread.evals", "templates"), autoescape=True, undefined=StrictUndefined)
    columns = list(dict.fromkeys(name for pair in result.pairs for name in pair.scores))
    text = pages.get_template("score.html.jinja").render(result=result, columns=columns)
    (out / "report.html").write_text(text, encoding="utf-8")
