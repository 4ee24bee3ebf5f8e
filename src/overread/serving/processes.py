"""Processes that outlive whoever started them, told apart from others that got their number later."""

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from pydantic import Field

from overread.records._record import Record
from overread.store.files import write_whole

SLACK = 2.0
"""Seconds by which two readings of one start time may differ: it is counted from a boot time that is a little off."""


class Mark(Record):
    """One process, named so that no other can be taken for it."""

    pid: int
    created: float
    """Start time, seconds since the epoch."""


class Marks(Record):
    """The processes that a supervisor answers for; each server leads a session of its own."""

    supervisor: Mark
    servers: dict[str, Mark]
    scratch: dict[str, str] = Field(default_factory=dict)
    """Each server's temporary folder: a killed one leaves sockets there."""


def mark(pid: int) -> Mark:
    """Name a process that runs now; raise `psutil.NoSuchProcess` when it does not."""
    return Mark(pid=pid, created=psutil.Process(pid).create_time())


def alive(which: Mark) -> bool:
    """Say whether this very process runs: not a zombie, nor another that got its number."""
    return _process(which) is not None


def session(leader: Mark) -> list[psutil.Process]:
    """Find the processes of a leader's session, also when the leader itself has died.

    A number is not given anew while a session or group carries it, so a stranger leads its own or is no member.
    """
    if psutil.pid_exists(leader.pid) and _process(leader) is None and not _is_zombie(leader.pid):
        return []
    return [process for process in psutil.process_iter() if _belongs(process, leader)]


def end(leaders: Sequence[Mark], grace: float) -> int:
    """End whole sessions: SIGTERM, and SIGKILL after `grace` seconds; gives how many processes there were."""
    found = [process for leader in leaders for process in session(leader)]
    _signal(found, signal.SIGTERM)
    _, left = psutil.wait_procs(found, timeout=grace)
    # A member that was started while the others ended is found here.
    late = [process for leader in leaders for process in session(leader)]
    _signal([*left, *late], signal.SIGKILL)
    psutil.wait_procs([*left, *late], timeout=grace)
    return len(found)


def read(path: Path) -> Marks | None:
    """Read the marks of a file, None when there is no such file."""
    return Marks.model_validate_json(path.read_bytes()) if path.is_file() else None


def write(path: Path, marks: Marks) -> None:
    """Replace the marks of a file in one step."""
    write_whole(path, marks.model_dump_json().encode())


def resident(leader: Mark) -> int:
    """Add up the resident memory of a session, in bytes; pages that its processes share count once for each."""
    return sum(_each(session(leader)))


def _each(processes: Sequence[psutil.Process]) -> Iterator[int]:
    for process in processes:
        try:
            yield process.memory_info().rss
        except psutil.NoSuchProcess:
            continue


def _process(which: Mark) -> psutil.Process | None:
    try:
        process = psutil.Process(which.pid)
        same = abs(process.create_time() - which.created) <= SLACK
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _belongs(process: psutil.Process, leader: Mark) -> bool:
    try:
        if os.getsid(process.pid) != leader.pid or process.create_time() < leader.created - SLACK:
            return False
        return process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
        return False


def _signal(processes: Sequence[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
