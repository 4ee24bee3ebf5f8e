"""Run a suite of scenarios against one or more profiles, score it, and say with what certainty."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from overread import plugins
from overread._version import __version__
from overread.errors import UsageError
from overread.evals._scenario import Scenario, Variant, load_scenario
from overread.evals.comparing._baseline import against, read_baseline
from overread.evals.comparing._suites import compared_profiles
from overread.evals.injected.wordings import is_wordings
from overread.evals.reporting.pictures import study_pictures
from overread.evals.reporting.results import write_results
from overread.evals.running._attempt import Attempt
from overread.evals.running._identity import profile_identity, versions
from overread.evals.running._ledger import open_ledger
from overread.evals.running._pool import run_all
from overread.evals.running._result import EvalResult, EvalRow, EvalSpec, ProfileIdentity, Selection
from overread.evals.running._summarising import dimension_rates, reliability, summaries
from overread.settings import Settings

Progress = Callable[[int, int, str], None]
VARIANTS: tuple[Variant, ...] = ("main", "twin")


@dataclass(frozen=True)
class How:
    """How a suite is run; none of it changes what an attempt gives but the seed."""

    selection: Selection = field(default_factory=Selection)
    workers: int = 1
    fresh: bool = False
    seed: int = 0
    repeats: int = 1
    """How often each variant is tried, each time under the next seed."""
    scorers: tuple[str, ...] = ()
    """Further scorers, by module path or file, beside those that ship."""
    baseline: Path | None = None
    """An earlier `results.json` to hold the run against."""
    margin: float = 0.0
    """How far below the baseline a figure may lie, 0 to 1."""


def suites() -> tuple[str, ...]:
    """Name the suites that ship."""
    root = files("overread.evals") / "suites"
    return tuple(sorted(item.name for item in root.iterdir() if item.is_dir() and not item.name.startswith("_")))


def folder_of_injected(suite: str) -> Path | None:
    """Give the folder of a suite of injected conflicts (`evals.injected`), by name or path; None for another."""
    folder = _folder(suite)
    first = next(iter(sorted(folder.glob("*.yaml"))), None) if folder.is_dir() else None
    return folder if first is not None and is_wordings(first) else None


def _folder(suite: str) -> Path:
    """Give a suite that ships by its name, else a folder; `./review` is a folder whatever ships."""
    return Path(str(files("overread.evals") / "suites" / suite)) if suite in suites() else Path(suite)


def scenarios(suite: str) -> tuple[Scenario, ...]:
    """Read a suite by name, or a folder of one's own by path; raises `UsageError` when there is none."""
    folder = _folder(suite)
    paths = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
    if not paths:
        raise UsageError(f"no suite named '{suite}'; there are: {', '.join(suites())}")
    return tuple(load_scenario(path) for path in paths)


def run(
    name: str,
    settings: Settings,
    *,
    profiles: Sequence[str] = (),
    out: Path | None = None,
    progress: Progress | None = None,
    how: How | None = None,
) -> EvalResult:
    """Run every scenario and its twin under each profile, each in a store of its own.

    With `out` each row is on disk when it came: what was run already, with the same weights, program, settings and
    seed, is not run again. Raises `UsageError` where no scenario is selected.
    """
    how = how or How()
    chosen = tuple(dict.fromkeys(profiles)) or (settings.profile,)
    suite = selected(scenarios(name), how.selection)
    for own in how.scorers:
        plugins.builder("evals.scorers", own)  # says here what is wrong with it
    scorers = (*plugins.names("evals.scorers"), *how.scorers)
    identities = {profile: profile_identity(profile, settings) for profile in chosen}
    if how.baseline is not None:
        read_baseline(how.baseline, EvalResult)  # says now what is wrong with it
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    ledger = open_ledger(out, identities, settings, scorers, how.fresh)
    works = list(attempts(suite, chosen, how.seed, how.repeats))
    rows = {work.place: row for work in works if (row := ledger.known(work)) is not None}

    def done(work: Attempt, row: EvalRow) -> None:
        ledger.keep(work, row)
        rows[work.place] = row
        if progress:
            progress(len(rows), len(works), f"{row.place} {row.profile}")

    run_all([work for work in works if work.place not in rows], settings, scorers, how.workers, done)
    result = _result(name, suite, scorers, how, identities, [rows[work.place] for work in works])
    if how.baseline is not None:
        result = against(result, how.baseline, how.margin)
    if out is not None:
        write_results(result, study_pictures(works, settings, out), out)
    return result


def selected(suite: Sequence[Scenario], selection: Selection) -> list[Scenario]:
    """Give the scenarios that were asked for; raises `UsageError` where there is none."""
    found = [
        one
        for one in suite
        if (not selection.tiers or getattr(one, "tier", "T0") in selection.tiers)
        and (not selection.tags or set(selection.tags) & set(one.tags))
        and (not selection.names or any(_is_named(one, name) for name in selection.names))
    ]
    if not found:
        tags = ", ".join(sorted({tag for one in suite for tag in one.tags}))
        raise UsageError(f"no scenario of the suite is selected; its tags are: {tags}")
    return found


def _is_named(scenario: Scenario, name: str) -> bool:
    return name == scenario.name or (name.isdigit() and scenario.number == int(name))


def attempts(suite: Sequence[Scenario], profiles: Sequence[str], seed: int, repeats: int = 1) -> Iterator[Attempt]:
    """Give what there is to run: each variant of each scenario, under each profile."""
    for profile in profiles:
        for scenario in suite:
            for variant in VARIANTS:
                for repeat in range(repeats):
                    yield Attempt(profile, scenario, variant, repeat, seed)


def _result(
    name: str,
    suite: Sequence[Scenario],
    scorers: tuple[str, ...],
    how: How,
    identities: dict[str, ProfileIdentity],
    rows: Sequence[EvalRow],
) -> EvalResult:
    chosen = tuple(identities)
    spec = EvalSpec(
        suite=name,
        profiles=chosen,
        selection=how.selection,
        seed=how.seed,
        repeats=how.repeats,
        scorers=scorers,
        scenarios={one.name: one.model_dump(mode="json", exclude_defaults=True) for one in suite},
    )
    return EvalResult(
        suite=name,
        overread_version=__version__,
        spec=spec,
        versions=versions(),
        profiles=tuple(identities.values()),
        rows=tuple(rows),
        summary=tuple(summaries(chosen, rows)),
        dimensions=tuple(dimension_rates(chosen, rows)),
        reliability=tuple(reliability(chosen, rows)),
        compared=compared_profiles(chosen, rows),
    ).digested()
