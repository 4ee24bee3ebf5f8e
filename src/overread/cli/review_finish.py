"""`overread review finish`: what a killed process left."""

import typer

from overread.cli.printing import say, working
from overread.cli.session import session_of


def finish(context: typer.Context) -> None:
    """Carry out what was signed or decided and a killed process did not; a served page does it by itself."""
    from overread.composition import open_room

    with working("Looking for what was left"), open_room(session_of(context).settings()) as room:
        done = room.finish()
        files = [room.file(case_id) for case_id in done]
    for file in files:
        again = f": {file.draft.reopened}" if file.status == "awaiting_review" and file.draft else ""
        say(f"{file.case_id} {file.status.replace('_', ' ')}{again}")
    if not files:
        say("nothing was left to do")
