"""Read many cases with a few threads: each once, whatever happens to one of them or to the process."""

import math
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from overread.batch.discovery import Work
from overread.batch.single import CaseRead, finish_one, take_one
from overread.batch.summary import Summary, SummaryLine
from overread.errors import CaseBusy, InputError, OverreadError, UsageError
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, CaseStatus

BUSY_WAIT_SECONDS = 0.2
Given = TypeVar("Given")
Progress = Callable[[SummaryLine], None]


@dataclass(frozen=True)
class Totals:
    """A batch in figures; times in seconds, None when nothing was read."""

    cases: int
    by_status: dict[str, int]
    wall_seconds: float
    p50: float | None
    p95: float | None
    peak_mib: float

    @property
    def per_minute(self) -> float | None:
        """Give cases per minute of wall time, those that were refused or failed too; None when nothing was read."""
        return 60 * self.cases / self.wall_seconds if self.cases and self.wall_seconds else None


def run_batch(
    room: ReadingRoom,
    works: Sequence[Work],
    out: Path,
    summary: Summary,
    *,
    workers: int = 2,
    stop: threading.Event | None = None,
    progress: Progress | None = None,
) -> Totals:
    """Read the cases that the summary does not have; once `stop` is set, finish those in flight and begin no other."""
    halt = stop or threading.Event()
    done = summary.done
    todo = iter([work for work in works if work.name not in done])
    began = time.monotonic()
    lines: list[SummaryLine] = []
    with ThreadPoolExecutor(workers, thread_name_prefix="case") as pool:
        for line in _results(pool, room, out, todo, workers, halt):
            summary.add(line)
            lines.append(line)
            if progress:
                progress(line)
    return totals(lines, time.monotonic() - began)


@dataclass
class _Flight:
    """A case under way; `case_id` is known once its input was read."""

    work: Work
    started: float
    case_id: str | None = None


def _results(
    pool: ThreadPoolExecutor, room: ReadingRoom, out: Path, todo: Iterator[Work], workers: int, halt: threading.Event
) -> Iterator[SummaryLine]:
    """Keep as many cases in flight as there are workers, so that a stop leaves no queue behind."""
    flying: dict[Future[CaseRead], _Flight] = {}
    while True:
        while len(flying) < workers and not halt.is_set() and (work := next(todo, None)) is not None:
            flight = _Flight(work, time.monotonic())
            flying[pool.submit(_read, room, flight, out)] = flight
        if not flying:
            return
        finished, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in finished:
            yield _line(room, flying.pop(future), future)


def _read(room: ReadingRoom, flight: _Flight, out: Path) -> CaseRead:
    """Read a case; the same content under another name waits until the first one is read, and is then there."""
    taken = _once_free(lambda: take_one(room, flight.work.paths, order=flight.work.order))
    if isinstance(taken, CaseRead):
        return taken
    flight.case_id = taken
    return _once_free(lambda: finish_one(room, taken, out))


def _once_free(step: Callable[[], Given]) -> Given:
    """Try again for as long as somebody else works on the case or on its study."""
    while True:
        try:
            return step()
        except CaseBusy:
            time.sleep(BUSY_WAIT_SECONDS)


def _line(room: ReadingRoom, flight: _Flight, future: Future[CaseRead]) -> SummaryLine:
    """Say what came of a case; a bad input or a failed case is a line, never the end of the batch."""
    error = future.exception()
    if error is not None and not isinstance(error, Exception):
        raise error
    file = room.file(flight.case_id) if flight.case_id else None
    refusal = future.result().refusal if error is None else None
    drafted = file is not None and file.draft is not None
    return SummaryLine(
        case_id=flight.case_id,
        input=flight.work.name,
        status=_status(file, error),
        reason=refusal.reason if refusal else None,
        present=sum(finding.status == "present" for finding in file.findings) if file and drafted else None,
        alerts=len(file.alerts) if file else 0,
        conflicts=sum(conflict.resolution == "open" for conflict in file.conflicts) if file and drafted else None,
        failed_tools=tuple(failure.tool for failure in file.failures) if file else (),
        pictures=tuple(image.pixels_digest[:16] for image in file.case.study.images) if file else (),
        bits=_bits(room, file) if file else (),
        seconds=round(time.monotonic() - flight.started, 3),
        peak_mib=peak_mib(),
        error=_said(error) if error else refusal.detail if refusal else None,
    )


def _bits(room: ReadingRoom, file: CaseFile) -> tuple[int, ...]:
    headers = room.store.headers(file.case.case_id)
    said = (headers.get(image.sop_instance_uid, {}).get("BitsStored", "") for image in file.case.study.images)
    return tuple(sorted({int(bits) for bits in said if bits.isdecimal()}))


def _status(file: CaseFile | None, error: Exception | None) -> CaseStatus:
    if error is not None:
        return "refused" if isinstance(error, InputError | UsageError) else "failed"
    return file.status if file else "refused"


def _said(error: Exception) -> str:
    """Tell our own errors; the text of a foreign one may hold a patient's data."""
    return str(error) if isinstance(error, OverreadError) else f"stopped with {type(error).__name__}"


def peak_mib() -> float:
    """Give the highest resident memory of this process so far; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 2**20 if sys.platform == "darwin" else peak / 2**10, 1)


def totals(lines: Sequence[SummaryLine], wall_seconds: float) -> Totals:
    """Sum up the lines of a run of `wall_seconds`; `p50` and `p95` are times of single cases, not interpolated."""
    times = sorted(line.seconds for line in lines)
    return Totals(
        cases=len(lines),
        by_status=dict(Counter(line.status for line in lines)),
        wall_seconds=wall_seconds,
        p50=_quantile(times, 0.50),
        p95=_quantile(times, 0.95),
        peak_mib=peak_mib(),
    )


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Give the nearest-rank quantile, a time that was measured."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
