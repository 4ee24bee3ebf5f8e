"""`overread export`: a case in the forms that other systems take."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, print_table, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.export._case import Written


def export(
    context: typer.Context,
    case: Annotated[str | None, typer.Argument(metavar="CASE", help="The id of a case.")] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Folder that gets a folder for the case.")
    ] = None,
    kinds: Annotated[
        str | None, typer.Option("--as", metavar="KIND,...", help="Which kinds; without it all that apply.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the kinds and end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a case for other systems: DICOM SR and SEG, and what else `--list` names."""
    if listed:
        _list(as_json=as_json)
        return
    if case is None or to is None:
        raise UsageError("give a case and a folder: overread export CASE --to DIR")
    written = _written(context, case, to / case, kinds)
    if as_json:
        files = {item.kind: [str(path) for path in item.files] for item in written}
        print_json({"case_id": case, "files": files, "why_not": {i.kind: i.why_not for i in written if i.why_not}})
    else:
        _tell(written)
    if not any(item.files for item in written):
        raise typer.Exit(1)


def _written(context: typer.Context, case: str, folder: Path, kinds: str | None) -> "tuple[Written, ...]":
    from contextlib import closing

    from overread.export import _case as cases
    from overread.store.home import open_home

    names = cases.kinds() if kinds is None else [name.strip() for name in kinds.split(",") if name.strip()]
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
