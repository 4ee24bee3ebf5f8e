"""`overread peers`: the remote systems that are named, and whether each answers."""

from typing import Annotated

import typer

from overread.cli.printing import note, print_json, print_table
from overread.cli.read import AsJson
from overread.cli.session import session_of


def peers(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Which; without it all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the remote systems of the setting 'peers' whether they answer; exit 1 when one does not."""
    from rich.table import Table
    from rich.text import Text

    from overread.errors import OverreadError
    from overread.peers.book import load_peers, peer_named
    from overread.peers.check import check

    known = load_peers(session_of(context).settings().peers)
    if not known:
        note("no remote system is named: nothing is sent to any. Name a file of them in the setting 'peers'")
        return
    found = []
    for peer in [peer_named(known, name) for name in names] if names else known.values():
        try:
            answers, detail = True, check(peer)
        except OverreadError as error:
            answers, detail = False, str(error)
        found.append({"name": peer.name, "kind": peer.kind, "where": peer.where, "answers": answers, "detail": detail})
    if as_json:
        print_json(found)
    else:
        table = Table("name", "kind", "where", "answer", box=None, pad_edge=False)
        for item in found:
            style = "green" if item["answers"] else "bold red"
            table.add_row(
                *(Text(str(item[key])) for key in ("name", "kind", "where")), Text(str(item["detail"]), style=style)
            )
        print_table(table)
    if not all(item["answers"] for item in found):
        raise typer.Exit(1)
