"""`overread eval SUITE --mutate`: which scenarios notice that a part of the agent is gone."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from overread.cli.printing import counting, print_json, print_table, say
from overread.settings import Settings

if TYPE_CHECKING:
    from overread.evals.mutations.run import MutationResult

FIRST = 3
"""Scenarios that are named of those that notice."""


ALL = "all"
"""In a suite's place: every suite of scenarios that ships."""


def run_mutations(suite: str, settings: Settings, out: Path, *, as_json: bool) -> None:
    """Switch off one part after another, print what notices, and end with 1 where nothing does.

    Raises `UsageError` for a suite that is none.
    """
    from overread.evals.mutations.run import mutate, mutations
    from overread.evals.mutations.table import markdown
    from overread.evals.runner import folder_of_injected, scenarios, suites

    names = [name for name in suites() if folder_of_injected(name) is None] if suite == ALL else [suite]
    chosen = {name: scenarios(name) for name in names}
    with counting() as progress:
        task = progress.add_task("mutations", total=None)

        def tick(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        result = mutate(chosen, settings, mutations(), tick)
    out.mkdir(parents=True, exist_ok=True)
    (out / "mutations.json").write_text(result.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (out / "mutations.md").write_text(markdown(result), encoding="utf-8")
    print_json(result.model_dump(mode="json")) if as_json else _tell(result, out)
    if result.survivors or result.failing:
        raise typer.Exit(1)


def _tell(result: "MutationResult", out: Path) -> None:
    table = Table("without", "tried", "noticed by", "for instance", box=None, pad_edge=False)
    for row in result.rows:
        named = ", ".join(dict.fromkeys(kill.scenario for kill in row.kills[:FIRST]))
        table.add_row(row.mutation, str(row.tried), str(len(row.kills)), named or "nothing")
    print_table(table)
    for spoiled in result.composer:
        reached = f"{spoiled.reached} of {spoiled.made} reach the reviewer"
        say(f"composed wrong, {spoiled.fault}: {reached} ({spoiled.reached_without_verifier} without the verifier)")
    for name in result.failing:
        say(f"{name} fails with every part in place, and shows nothing", "red")
    for name in result.survivors:
        say(f"nothing notices that {name} is gone", "bold red")
    say(f"table   {out / 'mutations.md'}")
