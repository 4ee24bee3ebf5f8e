"""`overread worker`: takes cases from the queue, beside batches and other workers."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from overread.cli.printing import note
from overread.cli.read import Profile
from overread.cli.session import session_of
from overread.cli.stopping import STOPPED, ending_at_once, stopping
from overread.cli.totals_table import print_totals

if TYPE_CHECKING:
    from overread.batch.summary import SummaryLine

NEWEST = 10_000
"""Cases that the quantiles at the end are of."""


def worker(
    context: typer.Context,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Cases in flight.")] = 2,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End once no case of the profile waits or is being read.")
    ] = False,
    profile: Profile = None,
) -> None:
    """Read the cases that batches put into the queue, until told to stop; any number of workers may run.

    One that is not told to end by itself also reads for `overread read`, which then loads no model.

    SIGTERM or SIGINT finishes the cases in flight first, a second one gives them back and ends at once.
    """
    settings = session_of(context).settings(profile=profile)
    from contextlib import ExitStack

    from overread.batch.totals import Tally
    from overread.batch.worker import Worker
    from overread.cli.case_reading import read_for_others
    from overread.cli.loading import loading
    from overread.composition import open_room
    from overread.observing.spending import Spending
    from overread.warm.answering import answering
    from overread.warm.seats import Seats

    tally, spending, began = Tally(NEWEST), Spending(), time.monotonic()
    with (
        stopping("the cases in flight are finished first") as stop,
        open_room(settings, watching=[spending]) as room,
        ending_at_once(),
        ExitStack() as stack,
    ):

        def told(_case: str, line: "SummaryLine") -> None:
            tally.add(line)
            # Not the name of the input: what a worker says lands in a log.
            if line.status in ("refused", "failed"):
                note(f"{line.case_id or 'an input'}: {line.status}, {line.reason or line.error}")

        reader = Worker(room, slots=workers, told=told, spending=spending, seats=(seats := Seats(workers)))
        if not until_empty:
            read = read_for_others(room, spending)
            if settings.reading.warm == "on":
                stack.enter_context(loading(room))
            stack.enter_context(answering(settings, read, seats, lambda: reader.reads_a_suspect))
            note(f"cases of the profile '{settings.profile}' are taken from the queue; Ctrl-C ends it")
        reader.run(stop.event, lambda: until_empty and not reader.left())
    print_totals(tally.totals(time.monotonic() - began))
    if reader.lost:
        note(f"{reader.lost} cases were taken over by others meanwhile")
    if stop.signal:
        raise typer.Exit(STOPPED + stop.signal)
