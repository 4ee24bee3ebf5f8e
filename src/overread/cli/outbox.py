"""`overread outbox`: what is to be sent to other systems, what became of it, and what a person does about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.store.outbox import Entry, EntryState

EntryId = Annotated[str, typer.Argument(metavar="ID", help="An entry, as the list names it.")]
STYLES = {"proven": "green", "failed": "bold red", "sent": "yellow", "pending": "yellow", "sending": "yellow"}
EVERY_SECONDS = 5.0


def build() -> typer.Typer:
    """Build the group `outbox`."""
    app = typer.Typer(help="What is to be sent to other systems: list it, send it.", invoke_without_command=True)
    app.callback()(_or_list)
    app.command("list")(listed)
    app.command("send")(send)
    app.command("retry")(retry)
    app.command("drop")(drop)
    return app


def _or_list(context: typer.Context) -> None:
    """Without a command of its own the list."""
    if context.invoked_subcommand is None:
        listed(context)


def listed(
    context: typer.Context,
    case: Annotated[str | None, typer.Option("--case", metavar="CASE", help="Of one case.")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="Leave out what is proven, overtaken or dropped.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is to be sent and what was, with its state; exit 1 when something failed."""
    from contextlib import closing

    from overread.store.home import open_home

    states: tuple[EntryState, ...] = ("pending", "sending", "sent", "failed")
    with closing(open_home(session_of(context).settings())) as home:
        found = home.outbox.entries(states if open_only else (), case)
    show(found, as_json=as_json)
    if any(entry.state == "failed" for entry in found):
        raise typer.Exit(1)


def send(
    context: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Which; without it what is due.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send what is due, or the entries named at once; exit 1 when one of them is not proven."""
    import time
    from contextlib import closing

    from overread.delivering.sender import sender_of
    from overread.store.home import open_home

    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        sender = sender_of(settings, home)
        tried = [sender.send(entry_id) for entry_id in ids] if ids else sender.send_due()
        show(tried, as_json=as_json)
        if watch:
            note("the outbox is watched; Ctrl-C ends it")
        while watch:
            time.sleep(EVERY_SECONDS)
            if tried := sender.send_due():
                show(tried, as_json=as_json)
    if any(entry.state in ("pending", "sent", "failed") for entry in tried):
        raise typer.Exit(1)


def retry(context: typer.Context, entry: EntryId) -> None:
    """Let an entry be sent again, whatever became of it before, and send it."""
    from contextlib import closing
    from datetime import UTC, datetime

    from overread.delivering.sender import sender_of
    from overread.store.home import open_home

    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        home.outbox.retry(entry, datetime.now(UTC))
        came = sender_of(settings, home).send(entry)
    show([came])
    if came.state != "proven":
        raise typer.Exit(1)


def drop(context: typer.Context, entry: EntryId) -> None:
    """Send an entry no more; it stays on the list."""
    from contextlib import closing
    from datetime import UTC, datetime

    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        home.outbox.drop(entry, datetime.now(UTC))
    say(f"{entry} is not sent")


def show(entries: "list[Entry]", *, as_json: bool = False) -> None:
    """Print entries, one a line."""
    from rich.table import Table
    from rich.text import Text

    if as_json:
        print_json([_row(entry) for entry in entries])
        return
    table = Table("id", "case", "report", "kind", "to", "state", "tries", "next", "detail", box=None, pad_edge=False)
    for entry in entries:
        row = _row(entry)
        cells = [row[key] for key in ("id", "case_id", "report", "kind", "to", "state", "attempts", "next", "detail")]
        style = STYLES.get(entry.state, "dim")
        table.add_row(
            *(Text("" if cell is None else str(cell), style if cell == entry.state else "") for cell in cells)
        )
    if entries:
        print_table(table)
    else:
        note("nothing")


def _row(entry: "Entry") -> dict[str, str | int | None]:
    waits = entry.state in ("pending", "sent")
    return {
        "id": entry.id,
        "case_id": entry.what.case_id,
        "report": f"version {entry.what.version}" if entry.what.version else "draft",
        "kind": entry.what.kind,
        "to": entry.what.destination,
        "state": entry.state,
        "attempts": entry.attempts,
        "next": f"{entry.next_at:%Y-%m-%dT%H:%M:%SZ}" if waits else None,
        "trouble": entry.trouble,
        "detail": entry.detail,
    }
