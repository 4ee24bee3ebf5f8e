"""`--baseline`, `--gate`, `--junit` of `overread eval`: what is worse than before, and what of it stops a release."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from overread.cli.compared import tell_compared
from overread.cli.printing import say
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.evals._verdict import Setback, Verdict
    from overread.evals.answering._result import BenchmarkResult
    from overread.evals.running._result import EvalResult


@dataclass(frozen=True)
class Gate:
    """What was asked for."""

    baseline: Path | None = None
    gate: bool = False
    margin: float = 0.0
    junit: Path | None = None


def end_suite(result: "EvalResult", gate: Gate, *, as_json: bool) -> None:
    """Write JUnit, say what is worse; raises `Exit(1)` for a failed gate, and under `--gate` for any setback."""
    from overread.evals.comparing._baseline import failed_gates
    from overread.evals.exchange.junit import write_suite

    worse = result.verdict.setbacks if result.verdict else ()
    setbacks = (*failed_gates(result), *worse)
    if gate.junit is not None:
        write_suite(result, setbacks, gate.junit)
    if not as_json:
        _tell(result.verdict, setbacks if gate.gate else worse)
    if not result.gates_passed or (gate.gate and setbacks):
        raise typer.Exit(1)


def end_benchmark(result: "BenchmarkResult", gate: Gate, *, as_json: bool) -> None:
    """Write JUnit, say what is worse; raises `Exit(1)` under `--gate` for any setback."""
    from overread.evals.exchange.junit import write_benchmark

    setbacks = result.verdict.setbacks if result.verdict else ()
    if gate.junit is not None:
        write_benchmark(result, setbacks, gate.junit)
    if not as_json:
        _tell(result.verdict, setbacks)
    if gate.gate and setbacks:
        raise typer.Exit(1)


def checked(gate: Gate, *, benchmark: bool) -> Gate:
    """Give the gate; raises `UsageError` for one that could not fail."""
    if benchmark and gate.gate and gate.baseline is None:
        raise UsageError("--gate holds a benchmark against an earlier run; give its results.json with --baseline")
    return gate


def _tell(verdict: "Verdict | None", setbacks: "Sequence[Setback]") -> None:
    if verdict is not None:
        tell_compared(verdict.compared)
    for one in setbacks:
        say(f"{one.kind}  {one.what}: {one.why}", "red")
    if verdict is not None and not setbacks:
        say(f"nothing is worse than the baseline {verdict.baseline[:12]} (margin {verdict.margin:g})", "green")
