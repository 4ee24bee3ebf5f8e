"""One case of the queue: read it, and say what came of it in a line of the summary."""

import time
from collections import defaultdict
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from pathlib import Path

from overread.batch.faults import fault_of, said
from overread.batch.fetching import files_of
from overread.batch.jobs import queued_of
from overread.batch.single import CaseRead, finish_one, refusal_of, take_one
from overread.batch.summary import SummaryLine
from overread.batch.totals import peak_mib
from overread.batch.work import Work
from overread.errors import InputError, Unreadable, UsageError
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, CaseStatus
from overread.store.reading_queue import AsideReason, Lease, Settled

ASIDE: dict[AsideReason, str] = {
    "worker_died": "set aside: each of {deaths} workers died that read it",
    "kept_failing": "set aside after {attempts} tries: {error}",
}


@dataclass
class Flight:
    """A case under way; `case_id` is known once its input was read."""

    lease: Lease
    work: Work
    out: Path
    case_id: str | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Give how long it has been under way."""
        return round(time.monotonic() - self.started, 3)


def flight_of(lease: Lease) -> Flight:
    """Begin with a case that was leased."""
    queued = queued_of(lease.work_json)
    return Flight(lease, queued.work, queued.out)


def read_flight(room: ReadingRoom, flight: Flight) -> CaseRead:
    """Read a case up to its review into its folder; raises `CaseBusy` while somebody else works on it or its study.

    An input that was there when it was put in and is not here is a fault of this host: a share that is not mounted.
    """
    work = flight.work
    if not all(path.exists() for path in (*work.paths, *work.priors, *work.prior_reports)):
        raise FileNotFoundError("an input of the queue is not on this host")
    try:
        with files_of(work, room, f"{flight.lease.id}-{flight.lease.token}") as (paths, priors):
            taken = take_one(room, paths, order=work.order, priors=priors)
    except Unreadable as error:
        return CaseRead(None, None, refusal_of(error))
    if isinstance(taken, CaseRead):
        return taken
    flight.case_id = taken
    return finish_one(room, taken, flight.out)


def line_of(room: ReadingRoom, flight: Flight, future: Future[CaseRead], spending: Spending | None) -> SummaryLine:
    """Say what came of a case; a bad input or a failed case is a line, never the end of the batch."""
    spent = spending.take(flight.case_id) if spending and flight.case_id else None
    error = future.exception()
    read = future.result() if error is None else None
    refusal = read.refusal if read else None
    file = read.file if read else room.file(flight.case_id) if flight.case_id else None
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
        tool_seconds=_tool_seconds(file) if file else {},
        **(asdict(spent) if spent else {}),
        seconds=flight.seconds,
        peak_mib=peak_mib(),
        fault=fault_of(error) if error else None,
        error=said(error) if error else refusal.detail if refusal else None,
    )


def line_of_aside(settled: Settled) -> SummaryLine:
    """Say of a case whose last worker died that it was set aside; its seconds are those since it was first begun."""
    return SummaryLine(
        case_id=None,
        input=queued_of(settled.work_json).work.name,
        status="failed",
        seconds=round(settled.seconds, 3),
        peak_mib=peak_mib(),
        fault="worker_died",
        error=ASIDE["worker_died"].format(deaths=settled.deaths),
    )


def _bits(room: ReadingRoom, file: CaseFile) -> tuple[int, ...]:
    headers = room.store.headers(file.case.case_id)
    stated = (headers.get(image.sop_instance_uid, {}).get("BitsStored", "") for image in file.case.study.images)
    return tuple(sorted({int(bits) for bits in stated if bits.isdecimal()}))


def _tool_seconds(file: CaseFile) -> dict[str, float]:
    took: dict[str, float] = defaultdict(float)
    for run in file.manifest.tool_runs:
        took[run.tool] += (run.ended - run.started).total_seconds()
    return {tool: round(seconds, 3) for tool, seconds in took.items()}


def _status(file: CaseFile | None, error: BaseException | None) -> CaseStatus:
    if error is not None:
        return "refused" if isinstance(error, InputError | UsageError) else "failed"
    return file.status if file else "refused"
