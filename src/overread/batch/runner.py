"""Read the cases of a batch: put them into the queue, work on them, and write what came of each into its summary."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from overread.batch.engine import Engine, Shift
from overread.batch.engines.local import read_here
from overread.batch.jobs import batch_id, job_id, jobs_of
from overread.batch.reading import line_of_aside
from overread.batch.summary import Summary, SummaryLine
from overread.batch.totals import Totals, totals
from overread.batch.work import Work
from overread.batch.worker import patiently
from overread.observing.energy import NOT_TOLD, EnergyMeter
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom
from overread.settings import Settings
from overread.store.reading_queue import ReadingQueue

FED_AT_ONCE = 20
HERE = socket.gethostname()
LOOK_SECONDS = 1.0
"""Between two looks for what other workers settled."""
Progress = Callable[[SummaryLine], None]


def run_batch(
    room: ReadingRoom,
    works: Sequence[Work],
    out: Path,
    summary: Summary,
    *,
    workers: int = 2,
    processes: int = 1,
    spending: Spending | None = None,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
    engine: Engine = read_here,
    meter: EnergyMeter | None = None,
) -> Totals:
    """Read the cases that the summary does not have; once `stop` is set, finish those in flight and begin no other.

    `workers` cases are read at once where the `engine` reads, by the local one in so many `processes`. Other workers of
    the same store may take cases of the batch as well; with no `workers` all are left to them. What an earlier run of
    the batch left is gone on with. A `meter` counts the energy of this host.
    """
    halt = stop or threading.Event()
    batch, settings, queue = batch_id(summary.path), room.services.settings, room.home.reading_queue
    began, done = time.monotonic(), summary.done
    todo = [work for work in works if work.name not in done]
    book = _Book(queue, batch, summary, progress, meter)
    # One process at a time has the summary: who held cases in the name of the batch before has ended.
    holder = f"batch {batch}"
    if summary.begun_here:
        queue.forget(batch)
    else:
        queue.reap(settings.reading.deaths, holder=holder)
        queue.keep_only(batch, {job_id(batch, work.name) for work in works})
    with ThreadPoolExecutor(1, thread_name_prefix="feed") as pool:
        fed = pool.submit(_feed, queue, todo, batch, out, settings, halt)

        def ended() -> bool:
            return fed.done() and not queue.left(batch=batch)

        try:
            engine(Shift(room, batch, holder, workers, halt, ended, book.add, book.look, processes, spending))
        finally:
            if not fed.done():
                halt.set()
        fed.result()
    book.close()
    return totals(book.lines, time.monotonic() - began)


def _feed(
    queue: ReadingQueue, works: Sequence[Work], batch: str, out: Path, settings: Settings, halt: threading.Event
) -> None:
    """Put the cases into the queue while the first of them are read already: their digests take a while."""
    jobs = jobs_of(works, batch, out, settings)
    while not halt.is_set() and (some := list(islice(jobs, FED_AT_ONCE))):
        patiently(partial(queue.put, some))


class _Book:
    """Writes each case into the summary once, whoever settled it, and has the queue forget its name and files."""

    def __init__(
        self, queue: ReadingQueue, batch: str, summary: Summary, progress: Progress | None, meter: EnergyMeter | None
    ) -> None:
        self._queue = queue
        self._batch = batch
        self._summary = summary
        self._progress = progress
        self._written = summary.done
        self._told: list[str] = []
        self._looked = time.monotonic()
        self._meter = meter
        self._used = meter.read() if meter else NOT_TOLD
        self.lines: list[SummaryLine] = []

    def add(self, case: str, line: SummaryLine, host: str | None = HERE) -> None:
        """Write a line unless the summary has it."""
        self._told.append(case)
        if line.input in self._written:
            return
        self._written.add(line.input)
        if self._meter and host == HERE:
            used = self._meter.read()
            processor, gpu = used.since(self._used)
            line, self._used = line.model_copy(update={"processor_joules": processor, "gpu_joules": gpu}), used
        self._summary.add(line)
        self.lines.append(line)
        if self._progress:
            self._progress(line)

    def look(self) -> None:
        """Write what others settled, now and then."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self.close()
            self._looked = time.monotonic()

    def close(self) -> None:
        """Write all that was settled by now."""
        self._flush()
        for settled in patiently(lambda: self._queue.untold(self._batch)):
            line = settled.outcome_json
            said = SummaryLine.model_validate_json(line) if line else line_of_aside(settled)
            self.add(settled.id, said, settled.host)
        self._flush()

    def _flush(self) -> None:
        if self._told:
            patiently(lambda: self._queue.tell(self._told))
            self._told.clear()
