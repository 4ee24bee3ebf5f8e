"""What `serve status` sees: the supervisor's record, each server's own health and metrics, and its memory."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from overread.records._record import Record
from overread.serving import health_check, processes, state
from overread.serving.metrics import Sample, sample
from overread.serving.processes import Mark
from overread.serving.records import Server, ServingState

BETWEEN = 1.0
"""Seconds between the two readings that give tokens per second."""


class ServerStatus(Record):
    """One server as it is now; what it does not tell is None."""

    server: Server
    answers: bool
    """Whether `/health` says so now."""
    kv_cache: float | None
    """Share of the key-value cache in use, 0 to 1."""
    running: int | None
    waiting: int | None
    tokens_per_second: float | None
    """Tokens read and written between two readings."""
    memory: int
    """Resident bytes of its processes; pages that they share count for each."""

    @property
    def well(self) -> bool:
        """Say whether the supervisor calls it healthy and it answers now."""
        return self.server.state == "healthy" and self.answers


class ServingStatus(Record):
    """All servers of a profile."""

    profile: str
    supervisor: Literal["running", "killed"]
    supervisor_pid: int
    healthy: bool
    """Whether the supervisor runs and every server answers."""
    servers: tuple[ServerStatus, ...]


def read_status(home: Path, found: ServingState) -> ServingStatus:
    """Look at every server at once; takes about `BETWEEN` seconds."""
    marks = processes.read(state.marks_path(home))
    known = marks.servers if marks else {}
    runs = marks is not None and processes.alive(marks.supervisor)
    with ThreadPoolExecutor(max(1, len(found.servers))) as pool:
        servers = tuple(pool.map(lambda server: _server_status(server, known.get(server.model)), found.servers))
    return ServingStatus(
        profile=found.profile,
        supervisor="running" if runs else "killed",
        supervisor_pid=found.supervisor_pid,
        healthy=runs and all(seen.well for seen in servers),
        servers=servers,
    )


def _server_status(server: Server, leader: Mark | None) -> ServerStatus:
    # A dead server's port may have been taken by somebody else: only what our own process answers counts.
    lives = leader is not None and processes.alive(leader)
    answers = lives and health_check.healthy(server.url, seconds=5.0)
    first, began = (sample(server.url), time.monotonic()) if answers else (None, 0.0)
    if first:
        time.sleep(BETWEEN)
    last = sample(server.url) if first else None
    return ServerStatus(
        server=server,
        answers=answers,
        kv_cache=last.kv_cache if last else None,
        running=last.running if last else None,
        waiting=last.waiting if last else None,
        tokens_per_second=_rate(first, last, time.monotonic() - began),
        memory=processes.resident(leader) if leader else 0,
    )


def _rate(first: Sample | None, last: Sample | None, seconds: float) -> float | None:
    if first is None or last is None or first.tokens is None or last.tokens is None:
        return None
    return max(0.0, last.tokens - first.tokens) / seconds  # a server that was restarted in between counts from zero
