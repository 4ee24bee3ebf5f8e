"""`overread eval`: a suite of scenarios, or a public benchmark, against one or more profiles."""

from pathlib import Path
from typing import Annotated

import typer

from overread.cli.benchmark import Given, export_benchmark, is_benchmark, list_benchmarks, run_benchmark
from overread.cli.gating import Gate, checked, end_suite
from overread.cli.injected import tell_injected
from overread.cli.inspecting import tell_log
from overread.cli.printing import counting, print_json
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.cli.suite_table import tell_suite
from overread.errors import UsageError


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
    seed: Annotated[
        int, typer.Option("--seed", help="For what is drawn of a benchmark, and before each attempt of a suite.")
    ] = 0,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Processes for profiles that hold no weights themselves.")
    ] = 1,
    tier: Annotated[
        list[str] | None, typer.Option("--tier", metavar="T0|T1|T2", help="Scenarios of a tier only. Repeat.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Scenarios with a tag only. Repeat.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="One scenario, by name or number. Repeat.")
    ] = None,
    repeats: Annotated[
        int, typer.Option("--repeats", min=1, help="Try each variant of a suite so often, and tell pass^k.")
    ] = 1,
    scorer: Annotated[
        list[str] | None, typer.Option("--scorer", metavar="FILE.py|MODULE", help="A scorer of your own. Repeat.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run everything anew, whatever the folder's ledger knows.")
    ] = False,
    from_inspect: Annotated[
        Path | None, typer.Option("--from-inspect", metavar="LOG", help="Read a log of Inspect instead of running.")
    ] = None,
    to_verifiers: Annotated[
        Path | None, typer.Option("--to-verifiers", metavar="DIR", help="Write a benchmark as a verifiers environment.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the benchmarks, what each needs, its licence.")] = False,
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="An earlier results.json to compare with.")
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="Exit 1 on a failed gate, and on anything worse than the baseline.")
    ] = False,
    margin: Annotated[
        float, typer.Option("--margin", min=0, max=1, help="How far below the baseline a figure may lie.")
    ] = 0.0,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the outcome as JUnit XML too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a suite or a benchmark and print its scores with intervals; exit 1 when a gate of a suite fails."""
    settings = session_of(context).settings()
    if listed:
        list_benchmarks(settings, as_json=as_json)
        return
    if from_inspect is not None:
        tell_log(from_inspect, out, Gate(baseline, gate, margin, junit), as_json=as_json)
        return
    if suite is None:
        raise UsageError("name a suite or a benchmark; overread eval --list names the benchmarks")
    if is_benchmark(suite):
        given = Given(data=data, split=split, limit=limit, agent=agent, controls=controls, seed=seed)
        if to_verifiers is not None:
            export_benchmark(suite, settings, given, to_verifiers)
            return
        asked = checked(Gate(baseline, gate, margin, junit), benchmark=True)
        run_benchmark(suite, settings, tuple(profile or ()), out, given, asked, as_json=as_json)
        return
    from overread.evals import runner
    from overread.evals.running._result import Selection

    if (folder := runner.folder_of_injected(suite)) is not None:
        tell_injected(suite, folder, settings, out, as_json=as_json)
        return

    with counting() as progress:
        task = progress.add_task(suite, total=None)

        def tick(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        selection = Selection(tiers=tuple(tier or ()), tags=tuple(tag or ()), names=tuple(only or ()))
        how = runner.How(selection, workers, fresh, seed, repeats, tuple(scorer or ()), baseline, margin)
        result = runner.run(suite, settings, profiles=tuple(profile or ()), out=out, progress=tick, how=how)
    print_json(result.model_dump(mode="json")) if as_json else tell_suite(result, out)
    end_suite(result, Gate(baseline, gate, margin, junit), as_json=as_json)
