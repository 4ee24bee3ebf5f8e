"""`overread replay`: read a case again on a copy, from any node, and say what comes out otherwise."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from overread.cli.printing import note, print_json, say
from overread.cli.progress import following
from overread.cli.read import AsJson, Profile
from overread.cli.session import Session, session_of
from overread.errors import UsageError

if TYPE_CHECKING:
    from overread.records import CaseFile
    from overread.replaying import Difference, Replayed
    from overread.settings import Settings


def replay(
    context: typer.Context,
    case: Annotated[
        str, typer.Argument(metavar="CASE|FILE", help="Case id, as 'review list --all' shows it, or a recorded case.")
    ],
    node: Annotated[
        str | None, typer.Option("--from", metavar="NODE", help="Node to begin at; the start when not given.")
    ] = None,
    profile: Profile = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="Ask no tool and no model: take what they said when it was read.")
    ] = False,
    record: Annotated[
        Path | None, typer.Option("--record", metavar="FILE", help="Write the recorded case to a file, and end.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder that gets the case as it came out now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a case again on a copy up to its review, and print what differs from the draft on file."""
    kept = recorded or record is not None or _is_file(case)
    _refuse_mixed(kept=kept, node=node, out=out, profile=profile if _is_file(case) else None)
    if kept:
        _replay_record(session_of(context), case, profile, record, as_json=as_json)
        return
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
    _tell_all(found)
    if folder is not None:
        say(f"case.json   {folder / 'case.json'}")


def _is_file(case: str) -> bool:
    """Tell a recorded case from a case id, which has neither a folder nor a suffix."""
    return "/" in case or case.endswith(".gz")


def _refuse_mixed(*, kept: bool, node: str | None, out: Path | None, profile: str | None) -> None:
    """Refuse what a recorded case cannot do: it begins at the start, has no pictures, and brings its own profile."""
    given = {"--from": node, "--out": out, "--profile": profile}
    if kept and (named := [name for name, value in given.items() if value is not None]):
        raise UsageError(f"a recorded case does not take {', '.join(named)}; replay the case itself with it")


def _replay_record(session: Session, case: str, profile: str | None, target: Path | None, *, as_json: bool) -> None:
    """Run the graph on what is on record of a case, from the store or a file; or write that record, and end."""
    from overread.replaying import read_record, record_case, replayed_record, write_record

    settings = session.settings() if _is_file(case) else _settings(session, case, profile)
    record = read_record(Path(case)) if _is_file(case) else record_case(settings, case)
    if target is not None:
        write_record(record, target)
        say(f"recorded    {target}")
        return
    with (
        following("Reading what was recorded", quiet=as_json) as listen,
        replayed_record(settings, record, listen=listen) as done,
    ):
        pass
    if as_json:
        print_json({**_json(done, None, record.file.manifest.profile, None), "same_draft": done.same_draft})
        return
    _tell_all(done.differences)
    say(f"draft       {_digest(done.again)} ({'the one on file' if done.same_draft else _digest(done.filed)})")
    if why := _not_comparable(record.file):
        note(why)


def _digest(file: "CaseFile") -> str:
    return (file.draft_digest or "none")[:12]


def _not_comparable(file: "CaseFile") -> str | None:
    """Say why a recorded case cannot come out the same, where it cannot."""
    if file.draft is not None and file.draft.wording is not None:
        return (
            f"its sentences were worded by {file.draft.wording.model}, which is not asked again: compare what they say"
        )
    if file.draft is not None and file.draft.revision:
        return "its reviewer sent it back; the replay ends at the first draft"
    return None


def _tell_all(found: "Sequence[Difference]") -> None:
    for line in found:
        _tell(line)
    note(f"{len(found)} differences" if found else "it says the same again")


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
