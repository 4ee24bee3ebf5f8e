"""`overread review finish`: what a killed process left."""

import typer

from overread.cli.printing import complain, say, working
from overread.cli.session import session_of


def finish(context: typer.Context) -> None:
    """Carry out what was signed or decided and a killed process did not; a served page does it by itself.

    Exit 1 where one of them could not be; the others are carried out all the same.
    """
    from overread.cli.ending import FAILURE, told
    from overread.composition import open_room

    left: list[tuple[str, Exception]] = []
    with working("Looking for what was left"), open_room(session_of(context).settings()) as room:
        done = room.finish(lambda case_id, error: left.append((case_id, error)))
        files = [room.file(case_id) for case_id in done]
    for file in files:
        again = f": {file.draft.reopened}" if file.status == "awaiting_review" and file.draft else ""
        say(f"{file.case_id} {file.status.replace('_', ' ')}{again}")
    for case_id, error in left:
        complain(f"{case_id} is decided and could not be carried out: {told(error)}")
    if left:
        raise typer.Exit(FAILURE)
    if not files:
        say("nothing was left to do")
