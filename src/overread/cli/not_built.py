"""Parts of the contract that are not built yet: each says so in one line and exits 2."""

import typer

from overread.cli.printing import complain


def not_built(what: str) -> None:
    """Say on standard error that `what` is not built yet, and exit with 2."""
    complain(f"{what}: not built yet")
    raise typer.Exit(2)
