"""Read one case in a room: for `overread read` itself, or for one that another process waits for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from overread.cli.case_told import at_once, told_of
from overread.cli.ending import exit_code
from overread.cli.progress import listener
from overread.errors import OverreadError
from overread.warm.asking import Given
from overread.warm.wire import Line, Request, Said, Told

if TYPE_CHECKING:
    from overread.admission import AdmittedCase
    from overread.case_runs import Listener
    from overread.observing.spending import Spending
    from overread.reading_room import ReadingRoom
    from overread.records import Order
    from overread.warm.answering import Read, Tell

AT_ONCE = 2


def read_given(
    room: "ReadingRoom",
    given: Given,
    order: "Order | None",
    taken: "Callable[[AdmittedCase], None]",
    listen: "Listener | None",
    out: Path | None = None,
) -> Told:
    """Read a case up to its review, into `out` or where `given` says.

    `taken` hears of the input before any model looks, `listen` of each step.
    """
    from overread.batch.single import read_one
    from overread.prior_intake import SentPriors

    priors = SentPriors(given.priors, given.prior_reports, given.same_patient)
    done = read_one(room, given.inputs, out or given.out, order=order, priors=priors, tell=taken, listen=listen)
    return told_of(done, given.out, as_json=given.as_json)


def read_for_others(room: "ReadingRoom", spending: "Spending | None" = None) -> "Read":
    """Give what reads a case in a room for another process; `spending` keeps nothing of it."""

    def read(request: Request, tell: "Tell") -> Told:
        from overread.admission import read_order

        cases: list[str] = []

        def taken(admitted: "AdmittedCase") -> None:
            cases.append(admitted.case.case_id)
            for line in at_once(admitted):
                tell(Said(line=line))

        try:
            order = None if request.order is None else read_order(request.order.path)
            return read_given(room, _given(request), order, taken, listener(tell), request.out)
        except OverreadError as error:
            return Told(code=exit_code(error), lines=(Line(how="complain", text=str(error)),))
        finally:
            if spending is not None:
                for case_id in cases:
                    spending.take(case_id)

    return read


@contextmanager
def reading_for_others(room: "ReadingRoom") -> Iterator[None]:
    """Read for others during the block, two cases at once, in a room that takes none from the queue."""
    from overread.warm.answering import answering
    from overread.warm.seats import Seats

    with answering(room.services.settings, read_for_others(room), Seats(AT_ONCE)):
        yield


def _given(request: Request) -> Given:
    return Given(
        inputs=tuple(place.path for place in request.inputs),
        priors=tuple(place.path for place in request.priors),
        prior_reports=tuple(place.path for place in request.prior_reports),
        same_patient=request.same_patient,
        out=request.out_as_given,
        as_json=request.as_json,
    )
