"""`overread hl7`: messages of HL7 v2 that come in, over MLLP or in files."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.cli.stopping import STOPPED, stopping
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.receiving.hl7_desk import Taken

REFUSED = 1


def build() -> typer.Typer:
    """Build the group `hl7`."""
    app = typer.Typer(help="Orders and reports that come as HL7 v2: listen, take files, list.", no_args_is_help=True)
    app.command("listen")(listen)
    app.command("take")(take)
    app.command("list")(listed)
    app.command("show")(show)
    return app


def listen(
    context: typer.Context,
    host: Annotated[str | None, typer.Option("--host", help="Address; without it that of the settings.")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 0 for any that is free.")] = None,
) -> None:
    """Listen for HL7 v2 by MLLP; a message is acknowledged once it is in the store. SIGTERM or Ctrl-C end it."""
    from contextlib import closing

    from overread.receiving.hl7_desk import Hl7Desk
    from overread.receiving.hl7_listener import Hl7Listener
    from overread.store.home import open_home

    settings = session_of(context).listening("hl7", host, port)
    where = settings.hl7.host
    with stopping("messages in work are answered first") as stop, closing(open_home(settings)) as home:
        Hl7Listener(
            Hl7Desk(home.hl7, settings.hl7),
            settings.hl7,
            listening=lambda number: note(f"listening for HL7 v2 at {where}:{number}; Ctrl-C ends it"),
            taken=_tell,
        ).run(stop.event)
    if stop.signal:
        raise typer.Exit(STOPPED + stop.signal)


def take(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A file of messages, or a folder of such files.")],
    as_json: AsJson = False,
) -> None:
    """Take messages out of files; what was taken before does nothing. Exit 1 when one is set aside."""
    from contextlib import closing

    from overread.receiving.hl7_desk import Hl7Desk
    from overread.receiving.hl7_folder import take_folder
    from overread.store.home import open_home

    settings = session_of(context).settings()
    told = []
    with closing(open_home(settings)) as home:
        for taken in take_folder(path, Hl7Desk(home.hl7, settings.hl7), settings.hl7):
            told.append(taken)
            if not as_json:
                _tell(taken)
    if as_json:
        names = ("message_id", "kind", "became", "code", "reason")
        print_json([{name: getattr(each, name) for name in names} for each in told])
    if any(each.became == "aside" for each in told):
        raise typer.Exit(REFUSED)


def listed(
    context: typer.Context,
    aside: Annotated[bool, typer.Option("--aside", help="Only those that were set aside.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the messages that came, the newest first, without what is in them."""
    from contextlib import closing

    from rich.table import Table

    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        found = home.hl7.messages("aside" if aside else None)
    names = ("id", "sender", "control_id", "kind", "state", "reason")
    rows = [{**{name: getattr(each, name) for name in names}, "at": f"{each.at:%Y-%m-%dT%H:%M:%SZ}"} for each in found]
    if as_json:
        print_json(rows)
        return
    table = Table("id", "came", "kind", "sender", "control id", "state", "reason", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(row[key] or "" for key in ("id", "at", "kind", "sender", "control_id", "state", "reason")))
    if rows:
        print_table(table)
    else:
        note("nothing")


def show(context: typer.Context, message: Annotated[str, typer.Argument(metavar="ID", help="As listed.")]) -> None:
    """Write one message as it came, byte for byte; it names a patient."""
    from contextlib import closing

    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        content = home.hl7.content(message)
    if content is None:
        raise UsageError(f"no message {message}; see 'overread hl7 list'")
    sys.stdout.buffer.write(content)


def _tell(taken: "Taken") -> None:
    reason = f": {taken.reason}" if taken.reason else ""
    say(f"{taken.message_id}  {taken.kind or 'no message'}  {taken.became}{reason}")
