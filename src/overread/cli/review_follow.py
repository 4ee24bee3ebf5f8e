"""`overread review addendum` and `amend`: further versions of a signed report, which itself stays as it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note, say
from overread.cli.review_options import CaseId, Meant, Reviewer, Yes
from overread.cli.session import session_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from overread.records import CaseFile, Meaning
    from overread.signing import Addition, Amendment

MOST_BYTES = 64 * 1024


def addendum(
    context: typer.Context,
    case: CaseId,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="What is added.")] = None,
    text_file: Annotated[
        Path | None,
        typer.Option("--text-file", metavar="FILE", help="The same from a file.", exists=True, dir_okay=False),
    ] = None,
    reviewer: Reviewer = None,
    meaning: Meant = "authorship",
    yes: Yes = False,
) -> None:
    """Add to a signed report: a further version; what was signed stays as it is."""
    from overread.signing import Addition

    words = _words(text, text_file)
    _follow(context, case, lambda file: Addition(words), reviewer, meaning, yes=yes)


def amend(
    context: typer.Context,
    case: CaseId,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the report is put right.")],
    edit: Annotated[
        list[str] | None,
        typer.Option(
            "--edit", metavar="N=TEXT", help="Other words for sentence N, as 'review show' numbers it. Repeat."
        ),
    ] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="N", help="Take sentence N out. Repeat.")
    ] = None,
    reviewer: Reviewer = None,
    meaning: Meant = "authorship",
    yes: Yes = False,
) -> None:
    """Amend a signed report: sentences put right, with a reason; the version before stays readable and is named."""
    from overread.signing import Amendment

    def change(file: "CaseFile") -> "Amendment":
        places = _places(file)
        made = {_place(places, *_split(item)): _split(item)[1] for item in edit or ()}
        return Amendment({**made, **{_place(places, name, "-"): "" for name in remove or ()}}, reason)

    _follow(context, case, change, reviewer, meaning, yes=yes)


def _follow(
    context: typer.Context,
    case: str,
    change: "Callable[[CaseFile], Addition | Amendment]",
    reviewer: str | None,
    meaning: "Meaning",
    *,
    yes: bool,
) -> None:
    from overread.cli.printing import working
    from overread.cli.review_file import file_of
    from overread.cli.review_input import person
    from overread.cli.review_sign import ask
    from overread.composition import open_room
    from overread.signing import Signer

    name = person(reviewer)
    with open_room(session_of(context).settings()) as room:
        before = file_of(room.home, case)
        made = change(before)
        over, digest = ask(room.to_follow(case, made), yes=yes)
        signer = Signer(name, datetime.now(UTC), meaning=meaning, over=over, text_digest=digest)
        with working("Writing the version down"):
            after = room.follow(case, made, signer, before.newest.text_digest if before.newest else None)
        note(f"delivered to {room.home.delivery(case)}")
    if after.newest is not None:
        say(f"{case} is at version {after.newest.version}, signed by {name}.", "bold green")
        note(f"text {digest}")


def _words(text: str | None, file: Path | None) -> str:
    from overread.errors import UsageError

    if (text is None) == (file is None):
        raise UsageError("give --text or --text-file, one of them")
    if file is None:
        return text or ""
    if file.stat().st_size > MOST_BYTES:
        raise UsageError(f"{file} is longer than {MOST_BYTES // 1024} KiB; an addendum is a few sentences")
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file} is not text that can be read") from None


def _split(item: str) -> tuple[str, str]:
    name, _, words = item.partition("=")
    return name, words


def _places(file: "CaseFile") -> list[str]:
    from overread.outputs.statement_view import section_views

    return [statement.id for section in section_views(file) for statement in section.statements]


def _place(places: list[str], name: str, words: str) -> str:
    """Name a sentence's place by what was typed; raises `UsageError` for one that the report lacks, or no words."""
    from overread.errors import UsageError

    if not words.strip():
        raise UsageError(f"--edit {name} has no text; --remove {name} takes the sentence out")
    if name in places:
        return name
    if name.isdecimal() and 1 <= int(name) <= len(places):
        return places[int(name) - 1]
    raise UsageError(f"the report has no sentence '{name}'; 'overread review show' numbers them 1 to {len(places)}")
