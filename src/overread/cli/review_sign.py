"""`overread review sign`: the text that is signed, shown and asked about where somebody is there to be asked."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, say
from overread.cli.review_ack import NotTold
from overread.cli.review_options import (
    Added,
    CaseId,
    Edits,
    Findings,
    Meant,
    Rejects,
    Resolved,
    Reviewer,
    Shown,
    Yes,
)
from overread.cli.session import session_of

if TYPE_CHECKING:
    from overread.reading_room import ReadingRoom
    from overread.records import CaseFile, Over, Review
    from overread.signing import Composed


def sign(
    context: typer.Context,
    case: CaseId,
    reviewer: Reviewer = None,
    edit: Edits = None,
    reject: Rejects = None,
    finding: Findings = None,
    add: Added = None,
    resolve: Resolved = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; edits, rejects and changed findings need it.")
    ] = None,
    shown: Shown = None,
    not_told: NotTold = None,
    meaning: Meant = "authorship",
    preliminary: Annotated[
        bool,
        typer.Option("--preliminary", help="Sign a preliminary report; the draft waits until it is signed as final."),
    ] = False,
    yes: Yes = False,
) -> None:
    """Sign a draft: every statement is accepted unless it, or its finding, is decided otherwise here."""
    from overread.cli.finding_input import Typed
    from overread.cli.printing import working
    from overread.cli.review_ack import with_reason
    from overread.cli.review_file import file_of
    from overread.cli.review_first_read import refuse_hidden
    from overread.cli.review_input import signature
    from overread.composition import open_room

    typed = Typed.of(edit, reject, finding, add, resolve, reason)
    settings = session_of(context).settings()
    with open_room(settings) as room:
        refuse_hidden(room.home, settings, case, reviewer)
        before = file_of(room.home, case)
        review = with_reason(signature(before, reviewer, typed, shown, meaning), before.alerts, not_told)
        over = ask(room.to_sign(case, review), yes=yes)
        with working("Writing the decision down"):
            decided = _signed(room, before, review, over, preliminary=preliminary)
        if not preliminary:
            note(f"delivered to {room.home.delivery(case)}")
    _tell(case, review.reviewer, decided)


def ask(composed: "Composed", *, yes: bool) -> "tuple[Over, str]":
    """Show what is signed and ask, where somebody sits at the terminal; give over what it is signed, and its digest."""
    if yes or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "composed", composed.digest
    for line in composed.text.splitlines():
        say(line)
    say(f"Text {composed.digest}", "dim")
    typer.confirm("Sign this text?", abort=True)
    return "shown", composed.digest


def _signed(
    room: "ReadingRoom", before: "CaseFile", review: "Review", over: "tuple[Over, str]", *, preliminary: bool
) -> "CaseFile":
    signed = review.model_copy(update={"over": over[0], "text_digest": over[1]})
    sign = room.sign_preliminary if preliminary else room.decide
    return sign(before.case_id, signed, len(before.versions))


def _tell(case: str, name: str, decided: "CaseFile") -> None:
    from overread.cli.worklist import notice_lines

    newest = decided.newest
    if newest is not None:
        note(f"text {newest.text_digest}")
    if newest is not None and newest.preliminary:
        say(f"{case} has a preliminary report by {name}; it waits for the signature that makes it final.")
        return
    say(f"{case} is signed by {name}.", "bold green")
    if decided.after_signature is not None and decided.after_signature.notices:
        for line, style in notice_lines(decided):
            say(line, style)
