"""`overread escalate`: tell the people that the ladder names of critical results that nobody acknowledged."""

from typing import Annotated

import typer

from overread.cli.printing import note, say
from overread.cli.session import session_of


def escalate(
    context: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch/--once", help="Go on until stopped, or look once (for a timer).")
    ] = False,
) -> None:
    """Send what the escalation ladder asks for by now; the review page does the same while it runs."""
    import threading
    from contextlib import closing

    from overread.composition import watcher_of
    from overread.errors import CaseBusy
    from overread.store.home import open_home
    from overread.store.notices import UNTOLD

    settings = session_of(context).settings()
    with closing(open_home(settings)) as home:
        watcher = watcher_of(settings, home)
        if watch:
            note("critical results are watched; Ctrl-C ends it")
            watcher.watch(threading.Event())
        try:
            tried = watcher.look()
        except CaseBusy as busy:
            note(str(busy))
            return
        open_ones = len(home.notices.open_alerts())
        untold = sum(notice.state in UNTOLD for notice in home.notices.open_ones())
    say(f"{open_ones} critical results are open; {tried} notices were tried, {untold} may have reached nobody.")
