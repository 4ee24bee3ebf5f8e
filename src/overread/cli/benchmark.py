"""`overread eval BENCHMARK --data DIR`: a public benchmark that the user downloaded, and the list of those known."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from overread.cli.compared import tell_compared
from overread.cli.gating import Gate, end_benchmark
from overread.cli.printing import counting, print_json, print_table, say
from overread.errors import UsageError
from overread.settings import Settings

if TYPE_CHECKING:
    from overread.evals.answering._replies import System
    from overread.evals.answering._result import BenchmarkResult
    from overread.evals.benchmark import Request


@dataclass(frozen=True)
class Given:
    """Options of the command that only a benchmark has."""

    data: Path | None
    split: str | None
    limit: int | None
    agent: bool
    controls: bool
    seed: int


def is_benchmark(name: str) -> bool:
    """Say whether a word names a benchmark."""
    from overread.evals.benchmark import name_of

    return name_of(name) is not None


def run_benchmark(
    name: str, settings: Settings, profiles: tuple[str, ...], out: Path, given: Given, gate: Gate, *, as_json: bool
) -> None:
    """Run a benchmark, write its results and print its figures; raises `UsageError` without a folder."""
    from overread.evals.benchmark import run

    request = _request(name, profiles, given, gate)
    with counting() as progress:
        task = progress.add_task(name, total=None)

        def tick(done: int, total: int, who: str) -> None:
            progress.update(task, completed=done, total=total, description=who)

        result = run(request, settings, out, tick)
    print_json(result.model_dump(mode="json")) if as_json else tell_benchmark(result, out)
    end_benchmark(result, gate, as_json=as_json)


def export_benchmark(name: str, settings: Settings, given: Given, out: Path) -> None:
    """Write a benchmark as an environment of verifiers; raises `UsageError` without a folder."""
    from overread.evals.exchange.verifiers_package import write_environment

    made, tasks, left = write_environment(_request(name, (), given, Gate()), settings, out)
    say(f"{out / made}: {tasks} tasks" + (f", {left} items left out without their picture" if left else ""))
    say(f"use it  pip install {out / made}; eval {made} --env.agent.harness.id null")


def _request(name: str, profiles: tuple[str, ...], given: Given, gate: Gate) -> "Request":
    from overread.evals.answering._replies import CONTROLS
    from overread.evals.benchmark import Request, name_of

    if given.data is None:
        raise UsageError(f"{name} needs --data DIR, the folder that you downloaded; overread eval --list says of what")
    systems: tuple[System, ...] = ("model", "agent") if given.agent else ("model",)
    return Request(
        benchmark=name_of(name) or name,
        data=given.data,
        split=given.split,
        profiles=profiles,
        systems=systems,
        controls=CONTROLS if given.controls else CONTROLS[:1],
        limit=given.limit,
        seed=given.seed,
        baseline=gate.baseline,
        margin=gate.margin,
    )


def list_benchmarks(settings: Settings, *, as_json: bool) -> None:
    """Print what each benchmark needs, and under which licence it is."""
    from overread.evals.benchmark import abouts

    known = list(abouts(settings))
    if as_json:
        print_json([about.model_dump(mode="json") for about in known])
        return
    table = Table("benchmark", "needs in --data", "splits", "licence", box=None, pad_edge=False)
    for about in known:
        table.add_row(about.name, Text("; ".join(about.needs)), ", ".join(about.splits), Text(about.licence))
    print_table(table)


def tell_benchmark(result: "BenchmarkResult", out: Path) -> None:
    """Print the figures, what was left out, and where the page is."""
    table = Table("part", "who", "measure", "value (95 %)", "commonest", "items", "answered", box=None, pad_edge=False)
    for row in sorted(result.figures, key=lambda figure: (figure.part, figure.measure)):
        value = f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"
        commonest = "–" if row.commonest is None else f"{row.commonest:.3f}"
        table.add_row(row.part, row.voice, row.measure, value, commonest, str(row.items), str(row.answered))
    if result.figures:
        print_table(table)
    for why in result.untold:
        say(why)
    tell_compared(result.compared)
    for profile in sorted({voice.profile for voice in result.voices if voice.taught_by_it}):
        say(
            f"the model of '{profile}' was trained on {result.about.title}: its figures tell what it remembers",
            "bold red",
        )
    for why, count in result.skipped.items():
        say(f"left out: {count} ({why})")
    say(f"digest  {result.digest}")
    say(f"report  {out / 'report.html'}")
