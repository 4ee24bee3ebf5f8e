"""`overread eval conflicts`: what the rules find of conflicts that were injected, and what they find where none was."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from overread.cli.printing import counting, print_json, print_table, say
from overread.settings import Settings

if TYPE_CHECKING:
    from overread.evals.injected.run import ConflictResult, Rate


def tell_injected(suite: str, folder: Path, settings: Settings, out: Path, *, as_json: bool) -> None:
    """Run the suite, write its results and print its table; raises `Exit(1)` when a rule misses what it must reach."""
    from overread.evals.injected.report import write_result
    from overread.evals.injected.run import run_injected

    with counting() as progress:
        task = progress.add_task(suite, total=None)

        def tick(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        result = run_injected(suite, folder, settings, tick)
    write_result(result, out)
    print_json(result.model_dump(mode="json")) if as_json else _tell(result, out)
    if not result.gates_passed:
        raise typer.Exit(1)


def _tell(result: "ConflictResult", out: Path) -> None:
    from overread.evals.injected.wordings import PARTS

    columns = [f"{what}, {part.replace('_', ' ')}" for what in ("found", "false") for part in PARTS]
    table = Table("rule", *columns, "gate", box=None, pad_edge=False)
    for row in result.rows:
        shares = [_share(rates[part]) for rates in (row.recall, row.false_alarms) for part in PARTS]
        passed = Text("pass", style="green") if row.passed else Text("FAIL", style="bold red")
        table.add_row(row.rule, *shares, passed)
    print_table(table)
    for name in result.unheard:
        say(f"{name}: no conflict of this rule is injected", "red")
    say(f"{result.cases} cases, {sum(row.passed for row in result.rows)} of {len(result.rows)} rules passed", "bold")
    say(f"report  {out / 'report.html'}")


def _share(rate: "Rate") -> str:
    return "–" if rate.share is None else f"{rate.hits}/{rate.total}"
