"""Time cases with tools that take no time in both stores, SQLite and PostgreSQL, in turn: what does the store cost?

    PYTHONPATH=. python scripts/bench_stores.py [--cases 60] [--rounds 3]

PostgreSQL is a server of the script's own on the loopback that waits for the disk, as SQLite does; its processes are
counted beside ours. `queue` is what the lease queue alone takes of each: put in, leased, settled, told.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
from bench_orchestration import TRUST, put, tools

from overread.composition import open_room
from overread.reading_room import ReadingRoom
from overread.settings import load_settings
from overread.store.reading_queue import Job
from tests.needs import postgres_programs
from tests.postgres import Server, serving

QUEUED = 200


@dataclass
class Store:
    """A room over one kind of store, and what its rounds took, in milliseconds a case."""

    name: str
    room: ReadingRoom
    server: Server | None = None
    wall: list[float] = field(default_factory=list)
    ours: list[float] = field(default_factory=list)
    servers: list[float] = field(default_factory=list)
    queue: list[float] = field(default_factory=list)

    def round(self, first: int, cases: int) -> None:
        """Read so many cases, one after the other, and pass others through the queue."""
        ids = [put(self.room, number) for number in range(first, first + cases)]
        with self._timed(cases):
            for case_id in ids:
                self.room.read(case_id)
        began = time.perf_counter()
        pass_through(self.room, first)
        self.queue.append(1000 * (time.perf_counter() - began) / QUEUED)

    @contextmanager
    def _timed(self, cases: int) -> Iterator[None]:
        began, computed, theirs = time.perf_counter(), time.process_time(), self._server_seconds()
        yield
        self.wall.append(1000 * (time.perf_counter() - began) / cases)
        self.ours.append(1000 * (time.process_time() - computed) / cases)
        self.servers.append(1000 * (self._server_seconds() - theirs) / cases)

    def _server_seconds(self) -> float:
        if self.server is None:
            return 0.0
        parent = psutil.Process(self.server.pid)
        return sum(sum(each.cpu_times()[:2]) for each in (parent, *parent.children(recursive=True)))


def pass_through(room: ReadingRoom, first: int) -> None:
    """Put cases into the queue, lease, settle and tell of each, as a batch and its worker do."""
    queue, batch = room.home.reading_queue, f"b-{first}"
    jobs = [
        Job(f"q-{first}-{number}", batch, "scripted", f"{first}-{number}", timedelta(hours=1), number, "{}")
        for number in range(QUEUED)
    ]
    queue.put(jobs)
    while (lease := queue.claim("bench", 60.0, batch=batch)) is not None:
        queue.settle(lease, "{}", 1.0)
        queue.tell([lease.id])


def main() -> None:
    """Print a line a store, and PostgreSQL over SQLite."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if not postgres_programs():
        raise SystemExit("PostgreSQL: apt-get install postgresql")
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        server = stack.enter_context(serving(durable=True))

        def opened(kind: str, own: Server | None) -> Store:
            database = own.new_database() if own else None
            settings = load_settings(home=Path(name) / kind, profile="scripted", database=database)
            return Store(kind, stack.enter_context(open_room(settings, tools=tools({}), trust=TRUST)), own)

        stores = [opened("SQLite", None), opened("PostgreSQL", server)]
        for store in stores:
            store.room.read(put(store.room, 1_000_000))  # what is loaded once is loaded
        for number in range(options.rounds):
            for store in stores:
                store.round(number * options.cases, options.cases)
    for store in stores:
        wall, ours, theirs = (statistics.median(each) for each in (store.wall, store.ours, store.servers))
        print(
            f"{store.name:<11} {wall:6.1f} ms a case ({min(store.wall):.1f} to {max(store.wall):.1f}), "
            f"{ours:.1f} ms of the processor, {theirs:.1f} ms of the server's; "
            f"queue {statistics.median(store.queue):.1f} ms a case"
        )
    walls = [statistics.median(store.wall) for store in stores]
    work = [statistics.median(store.ours) + statistics.median(store.servers) for store in stores]
    queues = [statistics.median(store.queue) for store in stores]
    print(
        f"PostgreSQL over SQLite: {walls[1] / walls[0]:.2f} x the time, {work[1] / work[0]:.2f} x the processor, "
        f"queue {queues[1] / queues[0]:.2f} x"
    )


if __name__ == "__main__":
    main()
