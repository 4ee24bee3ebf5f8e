"""`overread replay`: read a case again on a copy, from any node, and say what comes out otherwise."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.printing import note, print_json, say
from overread.cli.progress import following
from overread.cli.read import AsJson, Profile
from overread.cli.session import Session, session_of

if TYPE_CHECKING:
    from overread.replaying import Difference, Replayed
    from overread.settings import Settings


def replay(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Case id, as 'review list --all' shows it.")],
    node: Annotated[
        str | None, typer.Option("--from", metavar="NODE", help="Node to begin at; the start when not given.")
    ] = None,
    profile: Profile = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder that gets the case as it came out now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a case again on a copy up to its review, and print what differs from the draft on file."""
    settings = _settings(session_of(context), case, profile)
    with following("Reading the case again", quiet=as_json) as listen:
        from overread.outputs.delivery import write_case
        from overread.replaying import replayed

        with replayed(settings, case, node, listen=listen) as done:
            folder = out / case if out else None
            if folder is not None:
                write_case(done.again, folder, done.home.artifacts, done.home.pictures)
            data = _json(done, node, settings.profile, folder) if as_json else None
            found = done.differences
    if data is not None:
        print_json(data)
        return
    for line in found:
        _tell(line)
    note(f"{len(found)} differences" if found else "it says the same again")
    if folder is not None:
        say(f"case.json   {folder / 'case.json'}")


def _settings(session: Session, case: str, profile: str | None) -> "Settings":
    """Load the settings with the profile that was asked for, else the one that the case was read with."""
    from overread.store.home import open_home

    settings = session.settings(profile=profile)
    if profile is not None or "profile" in session.overrides:
        return settings
    with closing(open_home(settings)) as home:
        return session.settings(profile=home.cases.row(case).profile)


def _json(done: "Replayed", node: str | None, profile: str, folder: Path | None) -> dict[str, Any]:
    """Give the differences and, where it was written, the content of the new case.json."""
    import json

    again = None if folder is None else json.loads((folder / "case.json").read_text(encoding="utf-8"))
    found = [item.model_dump(mode="json") for item in done.differences]
    return {"case_id": done.filed.case_id, "from": node, "profile": profile, "differences": found, "case": again}


def _tell(item: "Difference") -> None:
    say(f"{item.part}  {item.what}", "bold")
    for mark, text, style in (("-", item.before, "red"), ("+", item.after, "green")):
        if text is not None:
            say(f"  {mark} {text}", style)
