"""`overread review`: the worklist and the checkpoint from a terminal."""

from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli import not_built
from overread.cli.printing import complain, print_json, say
from overread.cli.read import AsJson
from overread.cli.review_list import assign, list_cases
from overread.cli.session import session_of
from overread.cli.worklist import case_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from overread.records import CaseFile, Review
    from overread.store.home import Home

    Decision = Callable[[CaseFile], Review]

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Case id, as 'review list' shows it.")]
Reviewer = Annotated[
    str | None, typer.Option("--reviewer", metavar="NAME", help="Who decides; the system user when not given.")
]
Edits = Annotated[
    list[str] | None, typer.Option("--edit", metavar="ID=TEXT", help="Put your own words for a statement. Repeat.")
]
Rejects = Annotated[list[str] | None, typer.Option("--reject", metavar="ID", help="Take a statement out. Repeat.")]
Shown = Annotated[
    str | None, typer.Option("--draft", metavar="DIGEST", help="Decide only on the draft that 'show' named so.")
]


def build() -> typer.Typer:
    """Build the group `review`; its `addendum` and `ack` answer that they are not built yet."""
    app = typer.Typer(help="The worklist, and the review checkpoint from a terminal.", no_args_is_help=True)
    app.command("list")(list_cases)
    app.command("assign")(assign)
    app.command("show")(show)
    app.command("sign")(sign)
    app.command("reject")(reject)
    app.command("revise")(revise)
    for name, text in (
        ("addendum", "Add to a signed report"),
        ("ack", "Acknowledge a critical result"),
    ):
        not_built.add(app, name, f"{text} (not built yet).", f"overread review {name}")
    return app


def show(context: typer.Context, case: CaseId, as_json: AsJson = False) -> None:
    """Show a draft: its statements with their ids, citations and numbered evidence."""
    from contextlib import closing

    from overread.outputs.case_json import case_json
    from overread.store.home import open_home

    with closing(open_home(session_of(context).settings())) as home:
        file = _file(home, case)
        if as_json:
            print_json(case_json(file, lambda mask: home.artifacts.absolute(mask.png)))
        else:
            for line, style in case_lines(file):
                say(line, style)


def sign(
    context: typer.Context,
    case: CaseId,
    reviewer: Reviewer = None,
    edit: Edits = None,
    reject: Rejects = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; edits and rejects need it.")
    ] = None,
    shown: Shown = None,
) -> None:
    """Sign a draft: every statement is accepted unless it is edited or rejected here."""
    from overread.cli.review_input import signature

    decided = _decide(context, case, lambda file: signature(file, reviewer, edit or [], reject or [], reason, shown))
    say(f"{case} is signed by {decided.final.signed_by if decided.final else reviewer}.", "bold green")


def reject(
    context: typer.Context,
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the draft is of no use.")],
    reviewer: Reviewer = None,
) -> None:
    """Reject a draft; it stays on file with its evidence, and no report is made."""
    from overread.cli.review_input import rejection

    _decide(context, case, lambda file: rejection(file, reviewer, reason))
    say(f"{case} is rejected; its draft and evidence stay on file.")


def revise(
    context: typer.Context,
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="What the next draft must do better.")],
    reviewer: Reviewer = None,
    edit: Edits = None,
    reject: Rejects = None,
    shown: Shown = None,
) -> None:
    """Send a draft back: what is rejected here stays out of the next one, what is edited stands in your words."""
    from overread.cli.review_input import revision

    decided = _decide(context, case, lambda file: revision(file, reviewer, edit or [], reject or [], reason, shown))
    draft = decided.draft
    number, digest = draft.revision if draft else 0, (decided.draft_digest or "")[:12]
    say(f"{case} waits again, revision {number}, draft {digest}: overread review show {case}")


def _file(home: "Home", case: str) -> "CaseFile":
    from overread.errors import UsageError

    file, row = home.cases.file(case), home.cases.row(case)
    if row.replaced_by is not None:
        complain(f"case {case} was replaced by {row.replaced_by}, a later read of the same study")
    if file is None:
        raise UsageError(f"case {case} was not read yet; there is nothing to show")
    return file


def _decide(context: typer.Context, case: str, decision: "Decision") -> "CaseFile":
    from overread.cli.printing import note, working
    from overread.composition import open_room

    settings = session_of(context).settings()
    with working("Writing the decision down"), open_room(settings) as room:
        file = room.decide(case, decision(_file(room.home, case)))
        if file.status == "signed":
            note(f"delivered to {room.home.delivery(case)}")
        return file
