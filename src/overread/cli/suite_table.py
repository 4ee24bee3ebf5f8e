"""Print what a suite run gave."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from overread.cli.compared import tell_compared
from overread.cli.printing import say

if TYPE_CHECKING:
    from overread.evals.running._result import EvalResult


def tell_suite(result: "EvalResult", out: Path) -> None:
    """Print a line for each attempt, the rates of each profile, and where the page is."""
    table = Table("scenario", "variant", "profile", "gate", "why", box=None, pad_edge=False)
    for row in result.rows:
        passed = Text("pass", style="green") if row.gate_passed else Text("FAIL", style="bold red")
        table.add_row(row.scenario, row.variant, row.profile, passed, Text(row.reason))
    Console().print(table)
    for one in result.summary:
        whole = f"{one.scenarios_passed} of {one.scenarios} scenarios passed"
        interval = f"95 % interval {one.low:.2f} to {one.high:.2f}"
        say(f"{one.profile}: {whole} ({interval}); {one.passed} of {one.total} runs", "bold")
    for repeated in result.reliability:
        say(f"{repeated.profile}: pass^{repeated.k} {repeated.value:.3f} ({repeated.low:.3f} to {repeated.high:.3f})")
    tell_compared(result.compared)
    say(f"digest  {result.digest}")
    say(f"report  {out / 'report.html'}")
