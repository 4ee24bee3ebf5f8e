"""Commands of the contract that are not built yet: each says so in one line and exits 2."""

from typing import Annotated

import typer

from overread.cli.printing import complain

COMMANDS = {
    "find": "Image-text retrieval over the indexed cases (not built yet).",
}
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}
Rest = Annotated[list[str] | None, typer.Argument(hidden=True)]


def register(app: typer.Typer) -> None:
    """Add every command of `COMMANDS` to the app."""
    for name, text in COMMANDS.items():
        add(app, name, text, f"overread {name}")


def add(app: typer.Typer, name: str, text: str, shown: str) -> None:
    """Register one name that answers that it is not built yet, whatever follows it."""

    def answer(rest: Rest = None) -> None:
        not_built(shown)

    app.command(name, help=text, context_settings=ANYTHING)(answer)


def not_built(what: str) -> None:
    """Say on standard error that `what` is not built yet, and exit with 2."""
    complain(f"{what}: not built yet")
    raise typer.Exit(2)
