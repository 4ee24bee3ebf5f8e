"""`overread eval`: a suite of scenarios, or a public benchmark, against one or more profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from overread.cli.benchmark import Given, is_benchmark, list_benchmarks, run_benchmark
from overread.cli.change_plan import judge_change
from overread.cli.injected import tell_injected
from overread.cli.printing import counting, print_json, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.evals.runner import EvalResult


def evaluate(
    context: typer.Context,
    suite: Annotated[
        str | None,
        typer.Argument(metavar="SUITE|BENCHMARK", help="A suite by name, a folder of scenarios, or a benchmark."),
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", metavar="NAME", help="Set of models to evaluate. Repeat.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for results.json and report.html.")] = Path(
        "out/eval"
    ),
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Folder of a benchmark.")] = None,
    split: Annotated[str | None, typer.Option("--split", metavar="NAME", help="Part of a benchmark.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Most items of a benchmark.")] = None,
    agent: Annotated[
        bool, typer.Option("--agent", help="Ask a benchmark's questions of the agent as well as of its model.")
    ] = False,
    controls: Annotated[
        bool, typer.Option(help="Ask a benchmark without its pictures, and with those of others, too.")
    ] = True,
    seed: Annotated[int, typer.Option("--seed", help="For what is drawn of a benchmark.")] = 0,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Judge new weights or prompts by a change plan.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the benchmarks, what each needs, its licence.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a suite or a benchmark and print its scores with intervals; exit 1 when a gate of a suite fails."""
    settings = session_of(context).settings()
    if listed:
        list_benchmarks(settings, as_json=as_json)
        return
    if plan is not None:
        judge_change(plan, settings, out, as_json=as_json)
        return
    if suite is None:
        raise UsageError("name a suite or a benchmark; overread eval --list names the benchmarks")
    if is_benchmark(suite):
        given = Given(data=data, split=split, limit=limit, agent=agent, controls=controls, seed=seed)
        run_benchmark(suite, settings, tuple(profile or ()), out, given, as_json=as_json)
        return
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
