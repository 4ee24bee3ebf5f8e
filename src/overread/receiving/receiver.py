"""Follow a source: note what is there, take in what is ready, read it up to its review, and say what became of it.

What is under way is all in the store, so a kill loses nothing: the next receiver finds it waiting, takes it in again
(which finds the case that is there), goes on with its read, and writes the outcome once.
"""

import logging
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from overread.batch.single import finish_one
from overread.errors import CaseBusy, InputError, OverreadError, PeerError, UsageError
from overread.reading_room import ReadingRoom
from overread.receiving.completeness import is_ready, is_settling
from overread.receiving.intake import Incomplete, Intake
from overread.receiving.late_orders import LateOrders
from overread.receiving.source import Source
from overread.records import CaseFile, Received, content_digest
from overread.settings import Receiving
from overread.store.arrivals import Arrival

LOGGER = logging.getLogger(__name__)
BUSY_SECONDS = 1.0
UNREAD = ("received", "running")
AWAY: frozenset[str] = frozenset({"not_reached", "no_answer", "unavailable"})
"""Troubles of a remote system that pass; the others need somebody."""


@dataclass
class Tally:
    """What a run of a receiver did, and what it left."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    """Studies that are not complete, held by their sender, or to be tried again."""
    away: str | None = None
    """Why the source was not reached the last time; None when it was."""


@dataclass(frozen=True)
class Events:
    """Who is told: `received` of each outcome (and the file of its case, where it was read), `note` of the rest."""

    received: Callable[[Received, CaseFile | None], None] = lambda received, file: None
    note: Callable[[str], None] = lambda text: None


class Receiver:
    """Takes studies from one source into a reading room, one after another; the only one of its source."""

    def __init__(
        self,
        room: ReadingRoom,
        source: Source,
        intake: Intake,
        *,
        events: Events | None = None,
        late: LateOrders | None = None,
        out: Path | None = None,
        to_review: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Receive; `late` joins orders that come after their study at each look."""
        self._room = room
        self._source = source
        self._intake = intake
        self._events = events or Events()
        self._late = late
        self._out = out
        self._to_review = to_review
        self._clock = clock
        self._store = room.home.arrivals
        self._settings: Receiving = room.services.settings.receiving
        self.tally = Tally()

    def run(self, stop: threading.Event, *, once: bool = False) -> Tally:
        """Follow the source until `stop` is set, or once: until nothing is left that time alone makes ready.

        The study in work is finished. Raises `CaseBusy` while another process receives from this source, `PeerError`
        where it says no, or, once, where it cannot be reached.
        """
        with self._alone():
            while not stop.is_set():
                reached = self._look(once=once)
                if reached:
                    self._take_ready(stop)
                self._take_late(stop)
                if once and not self._settling():
                    break
                stop.wait(min(self._pause, self._source.quiet_seconds) if once else self._pause)
            self.tally.waiting = len(self._store.waiting(self._source.identity))
        return self.tally

    def force(self, study_uid: str) -> bool:
        """Have a study read as it is, or once more; False where the source has none such."""
        key = self._source.key_of(study_uid)
        if key is None:
            return False
        look = self._source.look(self._store.position(self._source.identity), {key})
        seen = [replace(each, held=False, forced=True, again=True) for each in look.seen if each.key == key]
        self._store.note(self._source.identity, seen, self._clock())
        return bool(seen)

    @property
    def _pause(self) -> float:
        return self._settings.poll_seconds

    def _settling(self) -> bool:
        return any(is_settling(arrival) for arrival in self._store.waiting(self._source.identity))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        name = f"receiving-{content_digest(self._source.identity)}"
        with self._room.home.database.hold(name, 0.0, f"another process receives from {self._source.where}"):
            self._scratch = self._room.home.root / "receiving" / content_digest(self._source.identity)
            # What a killed receiver fetched: nobody else works in this folder.
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch.mkdir(parents=True, mode=0o700)
            try:
                yield
            finally:
                shutil.rmtree(self._scratch, ignore_errors=True)

    def _look(self, *, once: bool) -> bool:
        """Note what the source has; False while it is away."""
        source = self._source
        waiting = {arrival.key: arrival for arrival in self._store.waiting(source.identity)}
        try:
            look = source.look(self._store.position(source.identity), waiting.keys())
        except PeerError as error:
            if once or error.kind not in AWAY:
                raise
            self._say_away(str(error))
            return False
        self._say_away(None)
        for sentence in look.notes:
            self._events.note(sentence)
        self._store.note(source.identity, look.seen, self._clock(), look.position)
        for key in look.gone:
            self._end(waiting[key], Received(outcome="withdrawn"), None)
        return True

    def _say_away(self, why: str | None) -> None:
        """Tell once that the source is away, and once that it is back."""
        if why is not None and self.tally.away is None:
            LOGGER.warning("the source is away: %s", why)
            self._events.note(f"{why}; it is asked again every {self._settings.poll_seconds:g} s")
        if why is None and self.tally.away is not None:
            self._events.note(f"{self._source.where} is back")
        self.tally.away = why

    def _take_ready(self, stop: threading.Event) -> None:
        for arrival in self._store.waiting(self._source.identity):
            if stop.is_set():
                return
            if is_ready(arrival, self._source.quiet_seconds, self._clock()) and not self._take(arrival):
                return

    def _take_late(self, stop: threading.Event) -> None:
        """Join orders that came after their study, and read what these opened anew."""
        if self._late is None:
            return
        said = list(self._late.join(self._clock(), stop, self._tell))
        if self._to_review:
            said += self._late.read(stop, self._read_case)
        for sentence in said:
            self._events.note(sentence)

    def _take(self, arrival: Arrival) -> bool:
        """Take one study in and read it; False where a remote system went away, and the study is put back."""
        begun = self._store.begin(self._source.identity, arrival, self._clock())
        # In a thread of its own, so that what went wrong comes back as a value: one study is never the end of the rest.
        with ThreadPoolExecutor(1, thread_name_prefix="receive") as pool:
            done = pool.submit(self._receive, arrival, begun)
            error = done.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        if isinstance(error, PeerError | CaseBusy):
            return self._put_back(arrival, error)
        if error is not None:
            self._failed(arrival, error)
        elif (result := done.result()) is not None:
            self._end(arrival, *result)
        return True

    def _put_back(self, arrival: Arrival, error: PeerError | CaseBusy) -> bool:
        """Leave a study for later: its case is worked on, or a remote system that is asked for it is away."""
        if isinstance(error, CaseBusy):
            self._later(arrival, BUSY_SECONDS)
            return True
        if error.kind in AWAY:
            self._later(arrival, self._pause)
            self._say_away(str(error))
            return False
        self._failed(arrival, error)
        return True

    def _failed(self, arrival: Arrival, error: Exception) -> None:
        """Try again later, or give up; the words of a foreign exception may hold a patient's data."""
        said = str(error) if isinstance(error, OverreadError) else f"stopped with {type(error).__name__}"
        hopeless = isinstance(error, UsageError | InputError)
        if not hopeless and arrival.attempts + 1 < self._settings.attempts:
            wait = self._pause * 2.0**arrival.attempts
            self._store.put_off(self._source.identity, arrival, self._clock() + timedelta(seconds=wait), tried=True)
            self._events.note(f"a study failed and is tried again: {said}")
            return
        self._end(arrival, Received(outcome="failed", error=said), None)

    def _later(self, arrival: Arrival, seconds: float) -> None:
        self._store.put_off(self._source.identity, arrival, self._clock() + timedelta(seconds=seconds))

    def _receive(self, arrival: Arrival, begun: datetime) -> tuple[Received, CaseFile | None] | None:
        """Fetch, take in and read; None for a study that is waited for."""
        self._source.begin(arrival.key)
        with tempfile.TemporaryDirectory(dir=self._scratch) as scratch:
            images, priors = Path(scratch, "study"), Path(scratch, "priors")
            for folder in (images, priors):
                folder.mkdir()
            fetched = self._source.fetch(arrival.key, images)
            if fetched is None:
                return Received(outcome="withdrawn"), None
            if not fetched.paths:
                return Received(outcome="no_radiograph"), None
            taken = self._intake.take(fetched, arrival, begun, self._clock(), priors)
        if isinstance(taken, Incomplete):
            self._store.put_off(self._source.identity, arrival, taken.until)
            views = " and ".join(taken.views)
            self._events.note(f"a study is waited for, its {views} view has not come, until {taken.until:%H:%M:%S} UTC")
            return None
        return taken, self._read(taken)

    def _read(self, received: Received) -> CaseFile | None:
        if received.case_id is None or not self._to_review:
            return None
        if received.became == "on_file" and self._room.store.row(received.case_id).status not in UNREAD:
            return None
        return self._read_case(received.case_id)

    def _read_case(self, case_id: str) -> CaseFile | None:
        if self._out is None:
            return self._room.read(case_id)
        return finish_one(self._room, case_id, self._out).file

    def _end(self, arrival: Arrival, received: Received, file: CaseFile | None) -> None:
        """Say what became of it: where it came from, in the store with its audit, in the log, and to who listens."""
        self._source.end(arrival.key, received)
        self._store.settle(self._source.identity, self._source.kind, arrival, received)
        self._tell(received, file)

    def _tell(self, received: Received, file: CaseFile | None = None) -> None:
        LOGGER.info("received %s: %s, %s", received.case_id or "-", received.outcome, received.became)
        self.tally.outcomes[received.outcome] += 1
        self._events.received(received, file)
