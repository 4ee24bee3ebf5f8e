"""`overread prune`: what closed cases do not need any more is removed."""

from typing import Annotated

import typer

from overread.cli.printing import say
from overread.cli.session import session_of


def prune(
    context: typer.Context,
    vacuum: Annotated[
        bool, typer.Option("--vacuum", help="Give the space back to the disk (SQLite; nobody can write meanwhile).")
    ] = False,
) -> None:
    """Keep only the last state of the runs of closed cases; those that somebody works on are left for the next time."""
    settings = session_of(context).settings()
    from overread.compacting import vacuum_checkpoints
    from overread.composition import open_room

    with open_room(settings, tools={}) as room:
        done = dict(room.prune())
        say(f"{len(done)} closed cases, {sum(done.values())} checkpoints removed")
        if vacuum and room.home.database.is_sqlite:
            before, after = vacuum_checkpoints(room.home.checkpoints)
            say(f"checkpoints.sqlite: {before / 2**20:.1f} MiB, now {after / 2**20:.1f} MiB")
