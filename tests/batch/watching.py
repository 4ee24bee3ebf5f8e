"""What a test sees of workers in processes of their own: states of the queue, runs of the classifier, ends."""

import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from overread.batch.discovery import discover
from overread.batch.jobs import jobs_of
from overread.store import _schema as t
from overread.store.home import Home
from tests.batch.child import RUNS
from tests.graphs.rooms import settings

BATCH = "b-of-a-test"


def put(home: Home, films: Path) -> None:
    works = discover([films])
    home.reading_queue.put(list(jobs_of(works, BATCH, films.parent / "out", settings(home.root))))


def states(home: Home) -> Counter[tuple[str, int]]:
    q = t.reading_queue.c
    return Counter((row["state"], row["deaths"]) for row in home.database.rows(sa.select(q.state, q.deaths)))


def runs(home: Home) -> list[list[str]]:
    path = home.root / RUNS
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 200
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def ended(process: BaseProcess) -> int | None:
    process.join(200)
    return process.exitcode
