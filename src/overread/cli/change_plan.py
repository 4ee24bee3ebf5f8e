"""`overread eval --plan FILE`: may new weights or prompts replace the current ones?"""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table
from rich.text import Text

from overread.cli.printing import print_json, print_table, say, working
from overread.settings import Settings

if TYPE_CHECKING:
    from overread.evals.change_plan.comparing import Check
    from overread.evals.change_plan.judge import Judgement


def judge_change(path: Path, settings: Settings, out: Path, *, as_json: bool) -> None:
    """Judge a change by its plan, write `change.json`, and exit 1 unless it is accepted."""
    from overread.evals.change_plan.judge import judge
    from overread.evals.change_plan.plan import load_plan

    with working("comparing"):
        judgement = judge(load_plan(path), settings)
    out.mkdir(parents=True, exist_ok=True)
    (out / "change.json").write_text(judgement.model_dump_json(indent=1), encoding="utf-8")
    print_json(judgement.model_dump(mode="json")) if as_json else _tell(judgement, out)
    if judgement.verdict != "accepted":
        raise typer.Exit(1)


def _tell(judgement: "Judgement", out: Path) -> None:
    if judgement.checks:
        table = Table(
            "items",
            "figure",
            "current",
            "proposed",
            "better by (95 %)",
            "margin",
            "patients",
            "",
            box=None,
            pad_edge=False,
        )
        for check in judgement.checks:
            _add(table, check)
        print_table(table)
    for text in judgement.told:
        say(f"not shown: {text}", "dim")
    taken = f"look {judgement.look} of {judgement.looks}" if judgement.look else "no look at the test set was taken"
    style = "bold green" if judgement.verdict == "accepted" else "bold red"
    say(f"{judgement.plan}: {judgement.verdict.replace('_', ' ')} ({taken})", style)
    for reason in judgement.reasons:
        say(f"  {reason}", "red")
    say(f"ledger head  {judgement.ledger_head}")
    say(f"written  {out / 'change.json'}")


def _add(table: Table, check: "Check") -> None:
    cells = ["–", "–", "–"]
    if check.difference is not None and check.current is not None and check.proposed is not None:
        interval = f"{check.difference:+.3f} ({check.low:+.3f} to {check.high:+.3f})"
        cells = [f"{check.current:.3f}", f"{check.proposed:.3f}", interval]
    style = {"passed": "green", "failed": "bold red"}.get(check.outcome, "dim")
    outcome = Text(check.outcome.replace("_", " "), style=style)
    table.add_row(Text(check.part), check.figure, *cells, f"{check.margin:.3f}", str(check.patients), outcome)
