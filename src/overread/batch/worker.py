"""A worker: takes cases from the queue, several at once, and settles each under the lease that it has of it.

Any number of workers may run, in one process or many, on one host or, over PostgreSQL, on many. One that dies loses
its leases after `reading.lease_seconds`, and the others take its cases up where they stand.
"""

import gc
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential

from overread.batch.faults import is_busy, passes, said, wait_before
from overread.batch.reading import ASIDE, Flight, flight_of, line_of, read_flight
from overread.batch.single import CaseRead
from overread.batch.summary import SummaryLine
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom
from overread.store.database import is_away
from overread.warm.seats import Seats

LOGGER = logging.getLogger(__name__)
POLL_SECONDS = 0.25
"""Between two looks for cases while there are fewer than the worker could read."""
BUSY_SECONDS = 0.5
AWAY_SECONDS = 900.0
"""For so long a database that is away is waited for."""
Given = TypeVar("Given")
Told = Callable[[str, SummaryLine], None]
"""Is told of each case that this worker settled, by its id in the queue."""


def own_name() -> str:
    """Name a worker: its host, its process, and what no other has."""
    return f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"


class Worker:
    """Reads up to `slots` cases at once, of one batch or of the room's profile; takes no more than it reads."""

    def __init__(
        self,
        room: ReadingRoom,
        *,
        slots: int = 2,
        batch: str | None = None,
        holder: str | None = None,
        told: Told = lambda case, line: None,
        spending: Spending | None = None,
        seats: Seats | None = None,
    ) -> None:
        self._room = room
        self._queue = room.home.reading_queue
        self._rules = room.services.settings.reading
        self._slots = slots
        self._batch = batch
        self._profile = None if batch else room.services.settings.profile
        self._holder = holder or own_name()
        self._told = told
        self._spending = spending
        self._seats = seats or Seats(0)
        self._flying: dict[Future[CaseRead], Flight] = {}
        self._beaten = -float("inf")
        self._landed = 0
        self.lost = 0
        """Cases whose lease others took meanwhile; what came of them here counts for nothing."""

    def run(self, stop: threading.Event, ended: Callable[[], bool], tick: Callable[[], None] = lambda: None) -> None:
        """Read until `ended()` says so while nothing is in flight, or `stop` is set: then finish what is in flight.

        A database that is away is waited for. What interrupts the run gives the cases in flight back, without waiting
        for them.
        """
        pool = ThreadPoolExecutor(max(1, self._slots), thread_name_prefix="case")
        try:
            while self._flying or not (stop.is_set() or patiently(ended)):
                self._beat()
                self._fill(pool, stop)
                self._wait(stop)
                tick()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for flight in self._flying.values():
                self._queue.put_off(flight.lease, 0.0)
            raise
        pool.shutdown()

    def left(self) -> int:
        """Count the cases that wait or are being read, here or elsewhere."""
        return self._queue.left(batch=self._batch, profile=self._profile)

    def _fill(self, pool: ThreadPoolExecutor, stop: threading.Event) -> None:
        while self._has_room and not stop.is_set() and not self.reads_a_suspect:
            lease = patiently(
                lambda: self._queue.claim(
                    self._holder,
                    self._rules.lease_seconds,
                    batch=self._batch,
                    profile=self._profile,
                    alone=not self._flying and not self._seats.taken,
                )
            )
            if lease is None:
                return
            flight = flight_of(lease)
            self._flying[pool.submit(read_flight, self._room, flight)] = flight

    @property
    def _has_room(self) -> bool:
        """Whether a case more may be taken; one that a person waits for has a place of those that the queue's have."""
        return len(self._flying) + self._seats.taken < self._slots

    @property
    def reads_a_suspect(self) -> bool:
        """Whether a worker died of what is in flight before: then nothing else is put at its side."""
        return any(flight.lease.deaths for flight in list(self._flying.values()))

    def _wait(self, stop: threading.Event) -> None:
        if not self._flying:
            stop.wait(POLL_SECONDS)
            return
        full = not self._has_room or stop.is_set()
        seconds = self._rules.lease_seconds / 3
        finished, _ = wait(self._flying, seconds if full else min(seconds, POLL_SECONDS), FIRST_COMPLETED)
        for future in finished:
            self._land(future)

    def _beat(self) -> None:
        """Say that this worker lives, and take back the cases of those that do not say so."""
        if time.monotonic() - self._beaten < self._rules.lease_seconds / 3:
            return
        leases = {flight.lease.id: flight.lease for flight in self._flying.values()}
        lost = patiently(lambda: self._queue.renew(leases.values(), self._rules.lease_seconds))
        if lost:
            LOGGER.warning("the lease of %d cases is lost; others read them", len(lost))
        patiently(lambda: self._queue.reap(self._rules.deaths))
        self._beaten = time.monotonic()

    def _land(self, future: Future[CaseRead]) -> None:
        """Settle a case, or let it wait for another try."""
        flight, error = self._flying[future], future.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        if error is not None and is_busy(error):
            held = patiently(lambda: self._queue.put_off(flight.lease, BUSY_SECONDS))
        elif error is not None and passes(error):
            held = self._failed(flight, future, error)
        else:
            held = self._settle(flight, patiently(lambda: self._line_of(flight, future)))
        self.lost += not held
        del self._flying[future]
        self._landed += 1
        if self._landed == self._slots:
            _leave_out_of_collections()

    def _line_of(self, flight: Flight, future: Future[CaseRead]) -> SummaryLine:
        return line_of(self._room, flight, future, self._spending)

    def _failed(self, flight: Flight, future: Future[CaseRead], error: Exception) -> bool:
        attempt = flight.lease.attempts + 1
        if attempt < self._rules.attempts:
            seconds = wait_before(attempt, self._rules.retry_seconds)
            LOGGER.warning("a case is tried again in %.0f s: %s", seconds, said(error))
            return patiently(lambda: self._queue.put_off(flight.lease, seconds, error=said(error)))
        words = ASIDE["kept_failing"].format(attempts=attempt, error=said(error))
        line = patiently(lambda: self._line_of(flight, future))
        return self._settle(flight, line.model_copy(update={"error": words}), aside=True)

    def _settle(self, flight: Flight, line: SummaryLine, *, aside: bool = False) -> bool:
        held = patiently(
            lambda: self._queue.settle(
                flight.lease,
                line.model_dump_json(),
                line.seconds,
                case_id=line.case_id,
                reason="kept_failing" if aside else None,
                error=line.error,
                host=socket.gethostname(),
            )
        )
        if held:
            self._told(flight.lease.id, line)
        return held


def _leave_out_of_collections() -> None:
    """Have the collector of garbage pass over what is here once the models are loaded.

    It looked through all of the models' parts time and again: 30 ms of the processor a case.
    """
    gc.collect()
    gc.freeze()


def patiently(call: Callable[[], Given]) -> Given:
    """Ask the database until it answers; raises what it says when it stays away for `AWAY_SECONDS`."""
    waits = wait_exponential(multiplier=0.2, max=5.0)
    return Retrying(retry=retry_if_exception(is_away), wait=waits, stop=stop_after_delay(AWAY_SECONDS), reraise=True)(
        call
    )
