"""Hold a run against an earlier one: what passed then and fails now, and what is lower than it was."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from overread.errors import UsageError
from overread.evals._paired import Paired
from overread.evals._verdict import Setback, Verdict, lower
from overread.evals.answering._result import BenchmarkResult, Voice
from overread.evals.comparing._benchmarks import compared_said
from overread.evals.comparing._suites import compared_rows
from overread.evals.running._result import EvalResult, EvalRow

ResultT = TypeVar("ResultT", EvalResult, BenchmarkResult)


def read_baseline(path: Path, shape: type[ResultT]) -> ResultT:
    """Read an earlier `results.json`; raises `UsageError` for one that is not there or of another kind or version."""
    try:
        return shape.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the baseline {path.name} cannot be read ({error.strerror})") from None
    except ValidationError:
        kind = "suite" if issubclass(shape, EvalResult) else "benchmark"
        told = f"{path.name} holds no results of a {kind} that this version reads; run the baseline anew"
        raise UsageError(told) from None


def against(result: ResultT, path: Path, margin: float) -> ResultT:
    """Give a result with its verdict beside an earlier `results.json` of the same kind."""
    if isinstance(result, EvalResult):
        verdict = suite_against(result, read_baseline(path, EvalResult), margin)
    else:
        verdict = benchmark_against(result, read_baseline(path, BenchmarkResult), margin)
    return result.model_copy(update={"verdict": verdict})


def failed_gates(result: EvalResult) -> tuple[Setback, ...]:
    """Name every gate that fails."""
    return tuple(
        Setback(kind="gate", what=f"{row.place}, {row.profile}", why=row.reason)
        for row in result.rows
        if not row.gate_passed
    )


def suite_against(result: EvalResult, baseline: EvalResult, margin: float) -> Verdict:
    """Compare profiles of the same name, or every profile with the only one of the baseline.

    Raises `UsageError` for a baseline of other scenarios or profiles.
    """
    compared: list[Paired] = []
    setbacks: list[Setback] = []
    for profile in result.spec.profiles:
        before_name = _profile(profile, baseline.spec.profiles)
        before = [row for row in baseline.rows if row.profile == before_name]
        now = [row for row in result.rows if row.profile == profile]
        compared += compared_rows(f"baseline {before_name}", profile, before, now)
        setbacks += _worse(profile, before, now, gone=baseline.spec.selection == result.spec.selection)
    if not compared:
        raise UsageError(f"the baseline is of '{baseline.suite}' and shares no scenario with this run")
    return Verdict(
        baseline=baseline.digest,
        overread_version=baseline.overread_version,
        margin=margin,
        compared=tuple(compared),
        setbacks=(*setbacks, *lower(tuple(compared), margin)),
    )


def benchmark_against(result: BenchmarkResult, baseline: BenchmarkResult, margin: float) -> Verdict:
    """Compare voices of the same name, or those that differ only in the profile where the baseline has one.

    Figures are compared on the items that both runs have. Raises `UsageError` for a baseline of other items.
    """
    compared: list[Paired] = []
    for voice in result.voices:
        if (before := _voice(voice, baseline.voices, baseline.spec.profiles)) is None:
            continue
        then = {sample.id: said for sample in baseline.samples for said in sample.said if said.voice == before.name}
        now = {sample.id: said for sample in result.samples for said in sample.said if said.voice == voice.name}
        for one in compared_said(before, voice, result.samples, then, now):
            compared.append(one.model_copy(update={"first": f"baseline {one.first}"}))
    if not compared:
        raise UsageError(f"the baseline is of {baseline.about.title} and shares no voice and items with this run")
    return Verdict(
        baseline=baseline.digest,
        overread_version=baseline.spec.overread_version,
        margin=margin,
        compared=tuple(compared),
        setbacks=lower(tuple(compared), margin),
    )


def _profile(name: str, known: Sequence[str]) -> str:
    if name in known:
        return name
    if len(known) == 1:
        return known[0]
    raise UsageError(f"the baseline has no profile '{name}'; it has: {', '.join(known)}")


def _voice(voice: Voice, known: Sequence[Voice], profiles: Sequence[str]) -> Voice | None:
    profile = voice.profile if voice.profile in profiles or len(profiles) > 1 else profiles[0]
    wanted = (profile, voice.system, voice.control)
    return next((one for one in known if (one.profile, one.system, one.control) == wanted), None)


def _worse(profile: str, before: Sequence[EvalRow], now: Sequence[EvalRow], *, gone: bool) -> Iterator[Setback]:
    """Name the attempts that passed then and fail now, and where the same was asked for, those that are gone."""
    today = {row.place: row for row in now}
    for row in before:
        what = f"{row.place}, {profile}"
        if row.place not in today:
            if gone:
                yield Setback(kind="gone", what=what, why="it is in the baseline and not in this run")
        elif row.gate_passed and not today[row.place].gate_passed:
            yield Setback(kind="scenario", what=what, why=f"it passed in the baseline: {today[row.place].reason}")
