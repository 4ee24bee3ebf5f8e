"""`overread review list` and `assign`: the worklist, and who works on what, from a terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, print_json, say
from overread.cli.read import AsJson
from overread.cli.session import session_of
from overread.cli.worklist import list_rows, open_statuses, query_of, worklist_table

if TYPE_CHECKING:
    from overread.store.home import Home

Me = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="Who you are; the system user when not given.")
]


def list_cases(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Signed, rejected, refused and replaced cases too.")
    ] = False,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATE", help="Only cases of this state. Repeat.")
    ] = None,
    priority: Annotated[
        str | None, typer.Option("--priority", metavar="NAME", help="Only STAT, urgent or routine.")
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only cases that you have.")] = False,
    assignee: Annotated[
        str | None, typer.Option("--assignee", metavar="NAME", help="Only cases of a person, or of 'nobody'.")
    ] = None,
    find: Annotated[
        str, typer.Option("--find", metavar="WORDS", help="In accession, exam, case id, patient's name or ID.")
    ] = "",
    critical: Annotated[bool, typer.Option("--critical", help="Only cases with a critical result.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many cases.")] = None,
    reviewer: Me = None,
    as_json: AsJson = False,
) -> None:
    """List cases, most urgent first, then oldest first."""
    query = query_of(
        statuses=open_statuses(everything=everything, named=status or ()),
        priority=priority,
        assignee="mine" if mine else assignee,
        find=find,
        critical=critical,
        limit=limit,
    )
    settings = session_of(context).settings()
    listed = list_rows(settings, query, _me(reviewer))
    if settings.database is None and not settings.home.is_dir():
        note(f"There is no home at {settings.home} yet: nothing was read there.")
    if as_json:
        print_json(listed.rows)
        return
    worklist_table(listed.rows)
    if listed.left_out:
        say(f"{listed.left_out} more; raise --limit, or give a filter.")
    if listed.critical_hidden:
        say(
            f"{listed.critical_hidden} critical cases are not in this list: overread review list --critical", "bold red"
        )


def assign(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Case id, as 'review list' shows it.")],
    to: Annotated[
        str | None, typer.Option("--to", metavar="NAME", help="Give it to this person until further notice.")
    ] = None,
    release: Annotated[bool, typer.Option("--release", help="Give it back, whoever has it.")] = False,
    reviewer: Me = None,
) -> None:
    """Take a case with a lease, give it to somebody, or give it back; exits 1 when another has it."""
    from contextlib import closing

    from overread.cli.printing import complain
    from overread.errors import UsageError
    from overread.store.home import open_home

    if to and release:
        raise UsageError("give --to or --release, not both")
    settings, me = session_of(context).settings(), _me(reviewer)
    with closing(open_home(settings)) as home:
        home.cases.row(case)
        problem = _release(home, case, me) if release else _give(home, case, to, me, settings.lease_minutes)
    if problem:
        complain(problem)
        raise typer.Exit(1)


def _release(home: "Home", case: str, me: str) -> str | None:
    had = home.assignments.of(case)
    if had is None or not home.assignments.release(case, me, had.assignee):
        return f"nobody has case {case}"
    say(f"{case} is nobody's now; {had.assignee} had it.", "bold green")
    return None


def _give(home: "Home", case: str, to: str | None, me: str, minutes: float) -> str | None:
    from datetime import timedelta

    had = home.assignments.of(case)
    if to is None:
        now = home.assignments.take(case, me, timedelta(minutes=minutes))
    else:
        now = home.assignments.assign(case, to, me, had.assignee if had else None)
    if now.assignee != (to or me):
        return f"case {case} is with {now.assignee}; give it on with --to NAME"
    until = f" until {now.lease_until.astimezone():%Y-%m-%d %H:%M}" if now.lease_until else ""
    say(f"{case} is with {now.assignee}{until}.", "bold green")
    return None


def _me(reviewer: str | None) -> str:
    import getpass

    return reviewer or getpass.getuser()
