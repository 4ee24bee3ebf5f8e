"""Switch off one part of the agent after another, and say which scenarios notice."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from overread import plugins
from overread.composition import build_tools
from overread.errors import OverreadError, UsageError
from overread.evals._execute import execute
from overread.evals._run import Run
from overread.evals._scenario import Scenario, Setup, Variant
from overread.evals.mutations._mutation import Mutation
from overread.evals.mutations._rules import rule_mutations
from overread.evals.mutations._spoiled import SpoiledRow, spoiled
from overread.evals.scorers._score import Scorer
from overread.ports import Tool
from overread.settings import Settings, load_profile

VERIFIER = "verifier"
VARIANTS: tuple[Variant, ...] = ("main", "twin")
Progress = Callable[[int, int, str], None]


class Kill(BaseModel):
    """One scenario, or its twin, that fails without a part and passes with it."""

    model_config = ConfigDict(frozen=True)

    scenario: str
    variant: Variant
    why: str
    """The first score that failed."""


class MutationRow(BaseModel):
    """What became of the suite without one part."""

    model_config = ConfigDict(frozen=True)

    mutation: str
    what: str
    tried: int
    """Runs on which the part had acted; the others end the same without it."""
    kills: tuple[Kill, ...]


class MutationResult(BaseModel):
    """Every part of the agent, and what notices that it is gone."""

    model_config = ConfigDict(frozen=True)

    suites: tuple[str, ...]
    runs: int
    failing: tuple[str, ...]
    """Scenarios that fail with every part in place: they show nothing."""
    rows: tuple[MutationRow, ...]
    composer: tuple[SpoiledRow, ...] = ()
    """Faults of the composer, with the verifier and without it; empty where the verifier was not asked about."""

    @property
    def survivors(self) -> tuple[str, ...]:
        """Name the parts that may go without any scenario failing, or any wrong sentence reaching the reviewer."""
        held = {VERIFIER} if any(row.reached_without_verifier > row.reached for row in self.composer) else set()
        return tuple(row.mutation for row in self.rows if not row.kills and row.mutation not in held)


def mutations(only: Sequence[str] = ()) -> tuple[Mutation, ...]:
    """Give every mutation, or those named; raises `UsageError` for a name that is none."""
    parts = (plugins.builder("evals.mutations", name)() for name in _part_names())
    found = {mutation.name: mutation for mutation in (*parts, *rule_mutations())}
    if unknown := set(only) - set(found):
        raise UsageError(f"no mutation named '{min(unknown)}'; there are: {', '.join(found)}")
    return tuple(found[name] for name in only) if only else tuple(found.values())


def _part_names() -> tuple[str, ...]:
    return tuple(name for name in plugins.names("evals.mutations") if name not in ("run", "table"))


def mutate(
    suites: Mapping[str, Sequence[Scenario]],
    settings: Settings,
    chosen: Sequence[Mutation],
    progress: Progress | None = None,
) -> MutationResult:
    """Run every scenario and twin with the whole agent, then without each part that acted on it.

    Raises what is no error of ours; an error of ours is a failed run.
    """
    live = build_tools(load_profile(settings.profile, settings), settings)
    bench = Bench(settings, live)
    work = [(suite, one, variant) for suite, items in suites.items() for one in items for variant in VARIANTS]
    kills: dict[str, list[Kill]] = {mutation.name: [] for mutation in chosen}
    tried = dict.fromkeys(kills, 0)
    failing: list[str] = []
    readings: list[tuple[Setup, Run]] = []
    for number, (suite, scenario, variant) in enumerate(work):
        if progress:
            progress(number, len(work), scenario.name)
        setup = scenario.setup(variant)
        whole = bench.run(setup)
        if isinstance(whole, str) or bench.failed(setup, whole):
            failing.append(f"{suite}/{scenario.name} ({variant})")
            continue
        readings.append((setup, whole))
        for mutation in chosen:
            if not mutation.concerns(whole):
                continue
            tried[mutation.name] += 1
            if why := bench.noticed(setup, mutation):
                kills[mutation.name].append(Kill(scenario=f"{suite}/{scenario.name}", variant=variant, why=why))
    rows = tuple(
        MutationRow(mutation=one.name, what=one.what, tried=tried[one.name], kills=tuple(kills[one.name]))
        for one in chosen
    )
    composer = tuple(spoiled(readings, bench.run)) if VERIFIER in kills else ()
    return MutationResult(suites=tuple(suites), runs=len(work), failing=tuple(failing), rows=rows, composer=composer)


class Bench:
    """Runs and scores single scenarios with the tools of one profile."""

    def __init__(self, settings: Settings, live: Mapping[str, Tool]) -> None:
        self._settings = settings
        self._live = live
        self._scorers: dict[str, Scorer] = {
            name: plugins.builder("evals.scorers", name)(settings) for name in plugins.names("evals.scorers")
        }

    def run(self, setup: Setup, mutation: Mutation | None = None) -> Run | str:
        """Give the run, or the error of ours that stopped it, in words."""
        try:
            if mutation is None:
                return execute(setup, self._settings, self._live)
            return execute(setup, self._settings, self._live, opener=mutation.open)
        except OverreadError as error:
            return f"the run stopped: {error}"

    def failed(self, setup: Setup, run: Run) -> str | None:
        """Give the first score that failed, in words."""
        return next(self._failures(setup, run), None)

    def _failures(self, setup: Setup, run: Run) -> Iterator[str]:
        for name, scorer in self._scorers.items():
            score = scorer.score(setup.expect, run)
            if score.passed is False:
                yield f"{name}: {score.reason}"

    def noticed(self, setup: Setup, mutation: Mutation) -> str | None:
        """Say what fails without the part, None where nothing does."""
        run = self.run(setup, mutation)
        return run if isinstance(run, str) else self.failed(setup, run)
