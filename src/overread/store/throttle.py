"""How often somebody may try to sign in: waits that grow with each failure, by name and by address, kept in the store.

They survive a restart and hold for every process. A name that nobody has is counted as any other, so that a wait tells
nothing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database


@dataclass(frozen=True)
class Ladder:
    """So many tries without a wait, then 2, 4, 8 … seconds, up to `most`."""

    free: int
    most: int
    """Seconds. It bounds for how long a stranger can keep somebody out by trying their name."""

    def wait(self, failures: int) -> timedelta:
        """Give how long to wait after so many failures."""
        beyond = failures - self.free
        return timedelta(seconds=min(2 ** min(beyond, 30), self.most) if beyond > 0 else 0)


BY_NAME = Ladder(free=3, most=300)
BY_ADDRESS = Ladder(free=10, most=900)
FORGOTTEN = timedelta(hours=24)
"""After so long without a failure they count no more."""


class Throttle:
    """The failed tries in the database."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def admit(self, name: str, address: str) -> float:
        """Take a try: 0 when it may be made, else the seconds to wait.

        A try is counted as failed before it is made: many at once are no more than one after the other.
        """
        keys = ((_key("name", name), BY_NAME), (_key("address", address), BY_ADDRESS))
        with self._database.begin() as connection:
            waits = [self._left(connection, key) for key, _ in keys]
            if not any(waits):
                for key, ladder in keys:
                    self._count(connection, key, ladder)
        return max(waits)

    def succeeded(self, name: str, address: str) -> None:
        """Forget a name's failures after a try that was right, and take that try back from its address.

        Only that try: who has one account must not clear the way for tries at others.
        """
        failures = t.sign_in_failures
        with self._database.begin() as connection:
            connection.execute(sa.delete(failures).where(failures.c.key == _key("name", name)))
            own = sa.update(failures).where(failures.c.key == _key("address", address), failures.c.failures > 0)
            connection.execute(own.values(failures=failures.c.failures - 1, until=self._clock()))

    def _left(self, connection: sa.Connection, key: str) -> float:
        failures, now = t.sign_in_failures, self._clock()
        # Writing first makes others wait until this step is done, on SQLite and PostgreSQL alike.
        new = self._database.insert(failures).values(key=key, failures=0, failed_at=now, until=now)
        connection.execute(new.on_conflict_do_update(index_elements=["key"], set_={"key": key}))
        old = (failures.c.key == key) & (failures.c.failed_at < now - FORGOTTEN)
        connection.execute(sa.update(failures).where(old).values(failures=0))
        until = connection.execute(sa.select(failures.c.until).where(failures.c.key == key)).scalar_one()
        return max(float((until - now).total_seconds()), 0.0)

    def _count(self, connection: sa.Connection, key: str, ladder: Ladder) -> None:
        failures, now = t.sign_in_failures, self._clock()
        count = connection.execute(sa.select(failures.c.failures).where(failures.c.key == key)).scalar_one() + 1
        row = {"failures": count, "failed_at": now, "until": now + ladder.wait(count)}
        connection.execute(sa.update(failures).where(failures.c.key == key).values(**row))


def _key(kind: str, value: str) -> str:
    """Name a counter without keeping what was typed: a password gets into the wrong field now and then."""
    return hashlib.sha256(f"{kind}\0{value}".encode()).hexdigest()
