"""Studies that came in by themselves: each is waiting or done, and its outcome is written once, with its audit.

An arrival is named by its source and by a key of the source's own; its `version` is another whenever there is more of
it, which makes it wait again. `begun_at` outlives a kill: what a killed process took in is told from what was on file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from overread.records import Received
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

ArrivalState = Literal["waiting", "done"]
ACTOR = "overread"


@dataclass(frozen=True)
class Seen:
    """What a source has now under a key."""

    key: str
    version: str
    held: bool = False
    """True while the source says that more of it is on the way."""
    forced: bool = False
    """True when somebody asked for it to be read as it is."""
    again: bool = False
    """True when somebody asked for it to be read although it was done."""


@dataclass(frozen=True)
class Arrival:
    """One study at a source, as the store has it."""

    key: str
    version: str
    state: ArrivalState
    held: bool
    forced: bool
    first_at: datetime
    """When it was first seen, since it was done last."""
    changed_at: datetime
    """When it was seen to change."""
    not_before: datetime | None
    """When it is to be looked at again; None: as soon as it has settled."""
    begun_at: datetime | None
    attempts: int
    received: Received | None
    """What became of it the last time."""


class Arrivals:
    """Arrivals and the positions of sources in the database; every change of state is one conditional write."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def position(self, source: str) -> int | None:
        """Give how far a source was followed; None for one that never was."""
        query = sa.select(t.arrival_positions.c.position).where(t.arrival_positions.c.source == source)
        with self._database.connect() as connection:
            found: int | None = connection.execute(query).scalar_one_or_none()
        return found

    def note(self, source: str, seen: Collection[Seen], now: datetime, position: int | None = None) -> None:
        """Write down what is there and how far the source was followed, both or neither."""
        with self._database.begin() as connection:
            for each in seen:
                self._note(connection, source, each, now)
            if position is not None:
                written = self._database.insert(t.arrival_positions).values(source=source, position=position)
                connection.execute(
                    written.on_conflict_do_update(index_elements=["source"], set_={"position": position})
                )

    def _note(self, connection: sa.Connection, source: str, seen: Seen, now: datetime) -> None:
        a = t.arrivals.c
        fresh = {"version": seen.version, "state": "waiting", "changed_at": now, "attempts": 0}
        clean = {"not_before": None, "begun_at": None}
        row = {"source": source, "key": seen.key, "first_at": now, "held": seen.held, "forced": seen.forced}
        written = self._database.insert(t.arrivals).values({**row, **fresh, **clean})
        if connection.execute(written.on_conflict_do_nothing().returning(a.key)).first() is not None:
            return
        is_it = (a.source == source) & (a.key == seen.key)
        other = (a.version != seen.version) | ((a.state == "done") & sa.literal(seen.again))
        first = sa.case((a.state == "done", now), else_=a.first_at)
        connection.execute(sa.update(t.arrivals).where(is_it, other).values({**fresh, **clean, "first_at": first}))
        forced = a.forced | sa.literal(seen.forced)
        connection.execute(
            sa.update(t.arrivals).where(is_it, a.state == "waiting").values(held=seen.held, forced=forced)
        )

    def waiting(self, source: str) -> list[Arrival]:
        """Give what waits of a source, the first seen first."""
        query = sa.select(t.arrivals).where(t.arrivals.c.source == source, t.arrivals.c.state == "waiting")
        return [_arrival(row) for row in self._database.rows(query.order_by(t.arrivals.c.first_at, t.arrivals.c.key))]

    def find(self, source: str, key: str) -> Arrival | None:
        """Give an arrival, done or waiting; None for one that was never seen."""
        query = sa.select(t.arrivals).where(t.arrivals.c.source == source, t.arrivals.c.key == key)
        found: Sequence[sa.RowMapping] = self._database.rows(query)
        return _arrival(found[0]) if found else None

    def begin(self, source: str, arrival: Arrival, now: datetime) -> datetime:
        """Say that work on it begins, and give when it first did: before a kill, maybe."""
        if arrival.begun_at is None:
            self._set(source, arrival, begun_at=now)
        return arrival.begun_at or now

    def put_off(self, source: str, arrival: Arrival, until: datetime, *, tried: bool = False) -> None:
        """Look at it again later; `tried` counts an attempt that failed."""
        self._set(source, arrival, not_before=until, attempts=arrival.attempts + tried)

    def settle(self, source: str, kind: str, arrival: Arrival, received: Received) -> bool:
        """Write what became of it, and the audit of that, once; False where there is more of it by now.

        An outcome is audited in either case: it is of what was read.
        """
        detail = received.model_dump(mode="json", exclude_defaults=True, exclude={"case_id", "error"})
        body = {"received_json": received.model_dump_json(), "begun_at": None, "not_before": None}
        with self._database.begin() as connection:
            written = sa.update(t.arrivals).where(self._is(source, arrival), t.arrivals.c.state == "waiting")
            done = connection.execute(written.values({**body, "state": "done", "forced": False})).rowcount == 1
            about = received.case_id or f"arrival {arrival.key[:16]}"
            self._audit.append(connection, ACTOR, "received", about, source=kind, **detail)
        return done

    def _set(self, source: str, arrival: Arrival, **values: object) -> None:
        with self._database.begin() as connection:
            connection.execute(sa.update(t.arrivals).where(self._is(source, arrival)).values(values))

    def _is(self, source: str, arrival: Arrival) -> sa.ColumnElement[bool]:
        """Match an arrival as long as it is the version that was looked at."""
        a = t.arrivals.c
        return (a.source == source) & (a.key == arrival.key) & (a.version == arrival.version)


def _arrival(row: sa.RowMapping) -> Arrival:
    names = (
        "key",
        "version",
        "state",
        "held",
        "forced",
        "first_at",
        "changed_at",
        "not_before",
        "begun_at",
        "attempts",
    )
    text = row["received_json"]
    return Arrival(**{name: row[name] for name in names}, received=Received.model_validate_json(text) if text else None)
