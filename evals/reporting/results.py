"""Write what a run gave: `results.json`, and the page."""

from collections.abc import Mapping
from pathlib import Path

from overread.evals.answering._result import BenchmarkResult
from overread.evals.reporting._benchmark_view import benchmark_view
from overread.evals.reporting._suite_view import suite_view
from overread.evals.reporting.page import write_page
from overread.evals.running._result import EvalResult


def write_results(result: EvalResult | BenchmarkResult, pictures: Mapping[str, str], out: Path) -> None:
    """Write into a folder, which is made; `pictures` maps studies, or items, to the addresses of their pictures."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    view = suite_view(result, pictures) if isinstance(result, EvalResult) else benchmark_view(result, pictures)
    write_page(view, out / "report.html")
