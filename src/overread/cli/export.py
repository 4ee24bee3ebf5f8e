"""`overread export`: a case in the forms that other systems take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from overread.export._case import Written


def export(
    context: typer.Context,
    case: Annotated[str | None, typer.Argument(metavar="CASE", help="The id of a case.")] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="DIR|NAME", help="Folder that gets a folder for the case, or a remote system."),
    ] = None,
    kinds: Annotated[
        str | None, typer.Option("--as", metavar="KIND,...", help="Which kinds; without it all that apply.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the kinds and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a case for other systems, as DICOM, FHIR and what else `--list` names, or send it to one of `peers`."""
    if listed:
        _list(as_json=as_json)
        return
    if case is None or to is None:
        raise UsageError("give a case and a folder or a remote system: overread export CASE --to DIR")
    names = None if kinds is None else [name.strip() for name in kinds.split(",") if name.strip()]
    if _is_peer(context, to):
        _send(context, case, to, names or (), as_json=as_json)
        return
    written = _written(context, case, Path(to) / case, names)
    if as_json:
        files = {item.kind: [str(path) for path in item.files] for item in written}
        print_json({"case_id": case, "files": files, "why_not": {i.kind: i.why_not for i in written if i.why_not}})
    else:
        _tell(written)
    if not any(item.files for item in written):
        raise typer.Exit(1)


def _is_peer(context: typer.Context, to: str) -> bool:
    """Say whether a remote system has this name; `./NAME` is the folder."""
    from overread.peers.book import load_peers

    return to in load_peers(session_of(context).settings().peers)


def _send(context: typer.Context, case: str, name: str, kinds: "Sequence[str]", *, as_json: bool) -> None:
    """Put the case into the outbox and send it; exit 1 where something is not proven yet."""
    from contextlib import closing

    from overread.cli.outbox import show
    from overread.delivering.sender import sender_of
    from overread.store.home import open_home

    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        sent = sender_of(settings, home).send_case(case, name, kinds)
    show(sent, as_json=as_json)
    if any(entry.state not in ("proven", "inapplicable") for entry in sent):
        raise typer.Exit(1)


def _written(context: typer.Context, case: str, folder: Path, kinds: "Sequence[str] | None") -> "tuple[Written, ...]":
    from contextlib import closing

    from overread.export import _case as cases
    from overread.store.home import open_home

    names = cases.kinds() if kinds is None else kinds
    settings = session_of(context).settings()
    chosen = cases.writers(names)
    with closing(open_home(settings)) as home:
        return cases.write_kinds(cases.export_of(home, case, settings.draft_policy), chosen, folder)


def _tell(written: "tuple[Written, ...]") -> None:
    for item in written:
        if item.why_not:
            note(f"{item.kind}: not written, {item.why_not}")
        for path in item.files:
            say(f"{item.kind:12}{path}")


def _list(*, as_json: bool) -> None:
    from rich.table import Table

    from overread.export import _case as cases

    found = cases.writers(cases.kinds())
    if as_json:
        print_json([{"kind": writer.name, "describe": writer.describe} for writer in found])
        return
    table = Table("kind", "what is written", box=None, pad_edge=False)
    for writer in found:
        table.add_row(writer.name, writer.describe)
    print_table(table)
