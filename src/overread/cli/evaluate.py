"""`overread eval`: a suite of scenarios, or a public benchmark, against one or more profiles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.benchmark import Given, export_benchmark, is_benchmark, list_benchmarks, run_benchmark
from overread.cli.change_plan import judge_change
from overread.cli.fairness import NAME as FAIRNESS
from overread.cli.fairness import run_fairness
from overread.cli.gating import Gate, checked, end_suite
from overread.cli.injected import tell_injected
from overread.cli.inspecting import tell_log
from overread.cli.mutations import run_mutations
from overread.cli.printing import counting, print_json
from overread.cli.read import AsJson
from overread.cli.reading import CUES, NAME, run_cues, run_reading
from overread.cli.session import session_of
from overread.cli.suite_table import tell_suite
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.evals.runner import How
    from overread.settings import Settings


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
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Switch off one part of the agent after another: what notices?")
    ] = False,
    from_inspect: Annotated[
        Path | None, typer.Option("--from-inspect", metavar="LOG", help="Read a log of Inspect instead of running.")
    ] = None,
    to_verifiers: Annotated[
        Path | None, typer.Option("--to-verifiers", metavar="DIR", help="Write a benchmark as a verifiers environment.")
    ] = None,
    plan: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Judge new weights or prompts by a change plan.")
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
    max_gap: Annotated[
        float | None,
        typer.Option(
            "--max-gap", min=0, max=1, help="Of fairness: exit 1 where a group is shown to fare worse by more."
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Write the outcome as JUnit XML too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a suite or a benchmark and print its scores with intervals; exit 1 when a gate of a suite fails."""
    settings = session_of(context).settings()
    asked = Gate(baseline, gate, margin, junit)
    if listed:
        list_benchmarks(settings, as_json=as_json)
    elif from_inspect is not None:
        tell_log(from_inspect, out, asked, as_json=as_json)
    elif plan is not None:
        judge_change(plan, settings, out, as_json=as_json)
    elif suite is None:
        raise UsageError("name a suite or a benchmark; overread eval --list names the benchmarks")
    elif suite == NAME:
        run_reading(_of_one(settings, profile), data, split, limit, out, as_json=as_json)
    elif suite == FAIRNESS:
        run_fairness(_of_one(settings, profile), data, split, limit, out, max_gap, as_json=as_json)
    elif suite == CUES:
        run_cues(_of_one(settings, profile), limit, out, as_json=as_json)
    elif is_benchmark(suite):
        given = Given(data=data, split=split, limit=limit, agent=agent, controls=controls, seed=seed)
        _benchmark(suite, settings, tuple(profile or ()), out, given, asked, to_verifiers, as_json=as_json)
    elif mutate:
        run_mutations(suite, _of_one(settings, profile), out, as_json=as_json)
    else:
        from overread.evals.runner import How
        from overread.evals.running._result import Selection

        selection = Selection(tiers=tuple(tier or ()), tags=tuple(tag or ()), names=tuple(only or ()))
        how = How(selection, workers, fresh, seed, repeats, tuple(scorer or ()), baseline, margin)
        _suite(suite, settings, tuple(profile or ()), out, how, asked, as_json=as_json)


def _benchmark(
    name: str,
    settings: "Settings",
    profiles: tuple[str, ...],
    out: Path,
    given: Given,
    asked: Gate,
    to_verifiers: Path | None,
    *,
    as_json: bool,
) -> None:
    if to_verifiers is not None:
        export_benchmark(name, settings, given, to_verifiers)
        return
    run_benchmark(name, settings, profiles, out, given, checked(asked, benchmark=True), as_json=as_json)


def _suite(
    name: str, settings: "Settings", profiles: tuple[str, ...], out: Path, how: "How", asked: Gate, *, as_json: bool
) -> None:
    from overread.evals import runner

    if (folder := runner.folder_of_injected(name)) is not None:
        tell_injected(name, folder, settings, out, as_json=as_json)
        return
    with counting() as progress:
        task = progress.add_task(name, total=None)

        def tick(done: int, total: int, title: str) -> None:
            progress.update(task, completed=done, total=total, description=title)

        result = runner.run(name, settings, profiles=profiles, out=out, progress=tick, how=how)
    print_json(result.model_dump(mode="json")) if as_json else tell_suite(result, out)
    end_suite(result, asked, as_json=as_json)


def _of_one(settings: "Settings", profiles: list[str] | None) -> "Settings":
    """Give the settings with the one profile that was asked for; what compares within a profile takes no second."""
    if profiles and len(profiles) > 1:
        raise UsageError("this takes one --profile at a time")
    return settings.model_copy(update={"profile": profiles[0]}) if profiles else settings
