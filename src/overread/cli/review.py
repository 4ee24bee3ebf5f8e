"""`overread review`: the worklist and the checkpoint from a terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import print_json, say
from overread.cli.read import AsJson
from overread.cli.review_ack import NotTold, ack
from overread.cli.review_file import file_of
from overread.cli.review_finish import finish
from overread.cli.review_first_read import first_read, refuse_hidden
from overread.cli.review_follow import addendum, amend
from overread.cli.review_list import assign, list_cases
from overread.cli.review_options import Added, CaseId, Edits, Findings, Rejects, Resolved, Reviewer, Shown
from overread.cli.review_sign import sign
from overread.cli.review_stats import stats
from overread.cli.session import session_of
from overread.cli.worklist import case_lines, notices_of, plain_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from overread.records import CaseFile, Review

    Decision = Callable[[CaseFile], Review]


def build() -> typer.Typer:
    """Build the group `review`."""
    app = typer.Typer(help="The worklist, and the review checkpoint from a terminal.", no_args_is_help=True)
    app.command("list")(list_cases)
    app.command("assign")(assign)
    app.command("show")(show)
    app.command("sign")(sign)
    app.command("lint")(lint)
    app.command("reject")(reject)
    app.command("revise")(revise)
    app.command("stats")(stats)
    app.command("addendum")(addendum)
    app.command("amend")(amend)
    app.command("ack")(ack)
    app.command("finish")(finish)
    app.command("first-read")(first_read)
    return app


def show(
    context: typer.Context,
    case: CaseId,
    reviewer: Reviewer = None,
    as_json: AsJson = False,
    plain: Annotated[bool, typer.Option("--plain", help="The report's headings and sentences alone, to copy.")] = False,
) -> None:
    """Show a draft: its statements with their ids, citations and numbered evidence."""
    from contextlib import closing

    from overread.outputs.case_json import case_json
    from overread.store.home import open_home

    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        refuse_hidden(home, settings, case, reviewer)
        file = file_of(home, case)
        if as_json:
            print_json(case_json(file, lambda mask: home.artifacts.absolute(mask.png)))
        elif plain:
            for line in plain_lines(file):
                say(line)
        else:
            for line, style in (*case_lines(file), *notices_of(file, home, settings)):
                say(line, style)


def lint(
    context: typer.Context,
    case: CaseId,
    edit: Edits = None,
    reject: Rejects = None,
    finding: Findings = None,
    add: Added = None,
    resolve: Resolved = None,
    reviewer: Reviewer = None,
    as_json: AsJson = False,
) -> None:
    """Look the report over as these decisions would leave it; nothing is written down, and no note blocks."""
    from overread.cli.finding_input import Typed
    from overread.cli.review_input import so_far
    from overread.composition import open_room

    typed = Typed.of(edit, reject, finding, add, resolve)
    settings = session_of(context).settings()
    with open_room(settings) as room:
        refuse_hidden(room.home, settings, case, reviewer)
        shown = room.preview(case, so_far(file_of(room.home, case), typed))
    if as_json:
        print_json(shown.model_dump(mode="json"))
        return
    for note in shown.notes:
        say(f"{note.statement_id or 'review'}  {note.about}: {note.message} ({note.source})", "yellow")
    for section, lines in shown.sections.items():
        for line in (each for each in lines if each.altered):
            say(f"{section}  {line.statement.text} ({line.origin})")
    if not shown.notes:
        say("Nothing to look at.")


def reject(
    context: typer.Context,
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the draft is of no use.")],
    reviewer: Reviewer = None,
    not_told: NotTold = None,
) -> None:
    """Reject a draft; it stays on file with its evidence, and no report is made."""
    from overread.cli.review_input import rejection

    _decide(context, case, reviewer, lambda file: rejection(file, reviewer, reason), not_told)
    say(f"{case} is rejected; its draft and evidence stay on file.")


def revise(
    context: typer.Context,
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What the next draft must do better.")],
    reviewer: Reviewer = None,
    edit: Edits = None,
    reject: Rejects = None,
    finding: Findings = None,
    add: Added = None,
    resolve: Resolved = None,
    shown: Shown = None,
) -> None:
    """Send a draft back: rejected statements stay out of the next one, your words and findings stand in it."""
    from overread.cli.finding_input import Typed
    from overread.cli.review_input import revision

    typed = Typed.of(edit, reject, finding, add, resolve, reason)
    decided = _decide(context, case, reviewer, lambda file: revision(file, reviewer, typed, shown))
    draft = decided.draft
    number, digest = draft.revision if draft else 0, (decided.draft_digest or "")[:12]
    say(f"{case} waits again, revision {number}, draft {digest}: overread review show {case}")


def _decide(
    context: typer.Context, case: str, reviewer: str | None, decision: "Decision", not_told: str | None = None
) -> "CaseFile":
    from overread.cli.printing import note, working
    from overread.cli.review_ack import with_reason
    from overread.composition import open_room

    settings = session_of(context).settings()
    with working("Writing the decision down"), open_room(settings) as room:
        refuse_hidden(room.home, settings, case, reviewer)
        shown = file_of(room.home, case)
        file = room.decide(case, with_reason(decision(shown), shown.alerts, not_told), len(shown.versions))
        if file.status == "signed":
            note(f"delivered to {room.home.delivery(case)}")
        return file
