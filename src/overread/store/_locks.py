"""Locks across processes that the operating system, or the database, lets go when their holder dies."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from overread.errors import CaseBusy
from overread.store._postgres import connecting

POLL_SECONDS = 0.05


class FileLocks:
    """Locks on files: for processes on one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def hold(self, name: str, wait_seconds: float, busy: str) -> Iterator[None]:
        """Hold a file of that name; raises `CaseBusy` with the words of `busy` when it is not free in time."""
        from filelock import FileLock, Timeout  # brings asyncio along, which a look at the store needs not

        lock = FileLock(self._folder / f"{name}.lock", timeout=wait_seconds, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise CaseBusy(f"{busy}; try again in a moment") from None
        try:
            yield
        finally:
            lock.release()


class PostgresLocks:
    """Session-level advisory locks of PostgreSQL: for processes on many machines.

    Each is held on a connection of its own for as long as the work takes. Where that connection breaks the lock is
    gone; the unique rows of the store then still let one decision through.
    """

    def __init__(self, url: sa.URL) -> None:
        self._engine = sa.create_engine(
            url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args=connecting(url),
        )

    @contextmanager
    def hold(self, name: str, wait_seconds: float, busy: str) -> Iterator[None]:
        """Hold the lock whose key is the name's 64-bit hash."""
        key = {"name": name}
        with self._engine.connect() as connection:
            deadline = time.monotonic() + wait_seconds
            take = sa.text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
            while not connection.execute(take, key).scalar_one():
                if time.monotonic() >= deadline:
                    raise CaseBusy(f"{busy}; try again in a moment")
                time.sleep(POLL_SECONDS)
            try:
                yield
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key)
