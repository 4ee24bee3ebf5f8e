"""Run a suite of scenarios against one or more profiles, score it, and say with what certainty."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from overread import plugins
from overread._version import __version__
from overread.composition import build_tools
from overread.errors import OverreadError, UsageError
from overread.evals._execute import Run, execute
from overread.evals._intervals import wilson
from overread.evals._report import write_html
from overread.evals._scenario import Expect, Scenario, Variant, load_scenario
from overread.evals.injected.wordings import is_wordings
from overread.evals.scorers._score import Score, Scorer
from overread.settings import Settings, load_profile

Progress = Callable[[int, int, str], None]


class EvalRow(BaseModel):
    """One variant of one scenario under one profile."""

    model_config = ConfigDict(frozen=True)

    profile: str
    scenario: str
    number: int | None
    variant: Variant
    purpose: str
    gate_passed: bool
    scores: dict[str, bool | None]
    """Scorer to passed; None where the scorer has nothing to check or failed itself."""
    reason: str
    seconds: float


class EvalSummary(BaseModel):
    """Passed of total for a profile, with the 95 % Wilson interval of the rate."""

    model_config = ConfigDict(frozen=True)

    profile: str
    passed: int
    total: int
    low: float
    high: float


class EvalResult(BaseModel):
    """What a suite run gave: a row for each variant of each scenario and profile, and a summary for each profile."""

    model_config = ConfigDict(frozen=True)

    suite: str
    overread_version: str
    rows: tuple[EvalRow, ...]
    summary: tuple[EvalSummary, ...]

    @property
    def gates_passed(self) -> bool:
        """Say whether no scorer failed in any row."""
        return all(row.gate_passed for row in self.rows)


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
    return Path(suite) if Path(suite).is_dir() else Path(str(files("overread.evals") / "suites" / suite))


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
) -> EvalResult:
    """Run every scenario and its twin under each profile; every one in a store of its own."""
    suite = scenarios(name)
    scorers = {scorer: plugins.builder("evals.scorers", scorer)(settings) for scorer in plugins.names("evals.scorers")}
    chosen = tuple(profiles) or (settings.profile,)
    rows: list[EvalRow] = []
    total = len(suite) * 2 * len(chosen)
    for profile in chosen:
        own = settings.model_copy(update={"profile": profile})
        live = build_tools(load_profile(profile, own), own)
        for scenario in suite:
            for variant in ("main", "twin"):
                if progress:
                    progress(len(rows), total, f"{scenario.name} ({variant})")
                expect, finished = _one(scenario, variant, lambda s, o=own, t=live: execute(s, o, t))
                rows.append(_row(profile, scenario, variant, _scores(scorers, expect, finished), finished))
    result = EvalResult(suite=name, overread_version=__version__, rows=tuple(rows), summary=_summaries(chosen, rows))
    if out is not None:
        _write(result, out)
    return result


def _one(scenario: Scenario, variant: Variant, work: Callable[..., Run]) -> tuple[Expect, Run | OverreadError]:
    """Run one variant; an error of ours is a failed scenario with its reason, anything else stops the suite."""
    setup = scenario.setup(variant)
    try:
        return setup.expect, work(setup)
    except OverreadError as error:
        return setup.expect, error


def _scores(scorers: dict[str, Scorer], expect: Expect, finished: Run | OverreadError) -> dict[str, Score]:
    if isinstance(finished, OverreadError):
        return {"run": Score(False, f"the run stopped: {finished}")}
    return {name: scorer.score(expect, finished) for name, scorer in scorers.items()}


def _row(
    profile: str, scenario: Scenario, variant: Variant, scores: dict[str, Score], finished: Run | OverreadError
) -> EvalRow:
    failed = [f"{name}: {score.reason}" for name, score in scores.items() if score.passed is False]
    return EvalRow(
        profile=profile,
        scenario=scenario.name,
        number=scenario.number,
        variant=variant,
        purpose=scenario.purpose,
        gate_passed=not failed,
        scores={name: score.passed for name, score in scores.items()},
        reason="; ".join(failed),
        seconds=0.0 if isinstance(finished, OverreadError) else round(finished.seconds, 3),
    )


def _summaries(profiles: Sequence[str], rows: Sequence[EvalRow]) -> tuple[EvalSummary, ...]:
    found = []
    for profile in profiles:
        mine = [row for row in rows if row.profile == profile]
        passed = sum(row.gate_passed for row in mine)
        low, high = wilson(passed, len(mine))
        found.append(EvalSummary(profile=profile, passed=passed, total=len(mine), low=low, high=high))
    return tuple(found)


def _write(result: EvalResult, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(result.model_dump_json(indent=1), encoding="utf-8")
    write_html(result.model_dump(mode="json"), out / "report.html")
