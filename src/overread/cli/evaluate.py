"""`overread eval`: a suite of scenarios against one or more profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overread.cli.injected import tell_injected
from overread.cli.printing import counting, print_json, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.evals.runner import EvalResult


def evaluate(
    context: typer.Context,
    suite: Annotated[str, typer.Argument(metavar="SUITE", help="A suite by name, or a folder of scenarios.")],
    profile: Annotated[
        list[str] | None, typer.Option("--profile", metavar="NAME", help="Set of models to evaluate. Repeat.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for results.json and report.html.")] = Path(
        "out/eval"
    ),
    as_json: AsJson = False,
) -> None:
    """Run a suite and print its scores with intervals; exit 1 when a gate fails."""
    settings = session_of(context).settings()
    from overread.evals import runner

    if (folder := runner.folder_of_injected(suite)) is not None:
        tell_injected(suite, folder, settings, out, as_json=as_json)
        return

    with counting() as progress:
        task = progress.add_task(suite, total=None)

        def tick(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        result = runner.run(suite, settings, profiles=tuple(profile or ()), out=out, progress=tick)
    print_json(result.model_dump(mode="json")) if as_json else _tell(result, out)
    if not result.gates_passed:
        raise typer.Exit(1)


def _tell(result: "EvalResult", out: Path) -> None:
    table = Table("scenario", "variant", "profile", "gate", "why", box=None, pad_edge=False)
    for row in result.rows:
        passed = Text("pass", style="green") if row.gate_passed else Text("FAIL", style="bold red")
        table.add_row(row.scenario, row.variant, row.profile, passed, Text(row.reason))
    Console().print(table)
    for summary in result.summary:
        interval = f"95 % interval {summary.low:.2f} to {summary.high:.2f}"
        say(f"{summary.profile}: {summary.passed} of {summary.total} passed ({interval})", "bold")
    say(f"report  {out / 'report.html'}")
