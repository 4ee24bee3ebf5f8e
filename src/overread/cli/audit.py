"""`overread audit`: what people did, verified and exported."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import complain, print_json, say
from overread.cli.read import AsJson
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.store.audit import Head


def build() -> typer.Typer:
    """Build the group `audit`."""
    app = typer.Typer(help="Who did what: verify the chain, export it.", no_args_is_help=True)
    app.command("verify")(verify)
    app.command("export")(export)
    return app


def verify(
    context: typer.Context,
    head: Annotated[
        Path | None,
        typer.Option("--head", metavar="FILE", help="A head that was exported before: shows a cut tail as well."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walk the whole chain; exits 1 where a row was changed, removed or added past it."""
    from contextlib import closing

    from overread.store.home import open_home

    anchor = _read_head(head) if head else None
    with closing(open_home(session_of(context).settings())) as home:
        faults = list(home.cases.audit.faults(anchor))
        newest = home.cases.audit.head()
    if as_json:
        told = [{"seq": fault.seq, "what": fault.what} for fault in faults]
        print_json({"seq": newest.seq, "hash": newest.hash, "faults": told})
    for fault in faults:
        complain(f"row {fault.seq}: {fault.what}")
    if faults:
        raise typer.Exit(1)
    if not as_json:
        held = f", and the head of row {anchor.seq} is in it" if anchor else ""
        say(f"{newest.seq} rows, each follows the one before{held}. Head: {newest.seq} {newest.hash}", "bold green")


def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Writes audit.jsonl and head.json there.")],
    since: Annotated[int, typer.Option("--since", metavar="ROW", help="Only rows after this number.")] = 0,
) -> None:
    """Write the rows as JSON lines and the head beside them; keep the head on another system."""
    from contextlib import closing
    from dataclasses import asdict

    from overread.store.files import write_whole
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        newest = home.cases.audit.head()
        out.mkdir(parents=True, exist_ok=True)
        with (out / "audit.jsonl").open("w", encoding="utf-8") as stream:
            for link in home.cases.audit.links(since=since):
                if link.seq <= newest.seq:
                    stream.write(json.dumps(asdict(link)) + "\n")
    write_whole(out / "head.json", (json.dumps(asdict(newest)) + "\n").encode())
    say(f"audit       {out / 'audit.jsonl'}")
    say(f"head        {out / 'head.json'}  (overread audit verify --head FILE)")


def _read_head(path: Path) -> "Head":
    from overread.errors import UsageError
    from overread.store.audit import Head

    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(said["seq"]), str(said["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{path} is no head that 'overread audit export' wrote") from None
