"""Cases that are to be read, for any number of workers: each is leased to one at a time and settled once.

A case is `waiting` until a worker takes it, `leased` while the worker says that it lives, then `done`, or set `aside`
with its reason. Whoever's lease ran out has died or stands still: the case waits again, and the one who had it cannot
settle it any more, since each lease has a token of its own.

The first case is the one that is due first: when it was put in, and the time that its priority allows on top. So a more
urgent case goes first, and none waits for cases that were put in later than that time after it.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database

AsideReason = Literal["worker_died", "kept_failing"]
"""`worker_died`: so did each worker that read it · `kept_failing`: a fault that passes met it at each try."""
QueueState = Literal["waiting", "leased", "done", "aside"]
OPEN: tuple[QueueState, ...] = ("waiting", "leased")
CHUNK = 500
"""Ids in one statement; databases bound how many."""


@dataclass(frozen=True)
class Job:
    """A case to be put in."""

    id: str
    batch: str
    profile: str
    content: str | None
    """Digest of the input; of two of the same content one is read at a time. None: not known."""
    allowed: timedelta
    """How long its priority lets it wait."""
    place: int
    """Its place among those that are due at the same time."""
    work_json: str


@dataclass(frozen=True)
class Lease:
    """A case that a worker has for now."""

    id: str
    batch: str
    token: str
    attempts: int
    deaths: int
    work_json: str


@dataclass(frozen=True)
class Settled:
    """A case that was read or set aside, and that its batch has not told of."""

    id: str
    work_json: str
    outcome_json: str | None
    """None where its last worker died."""
    reason: AsideReason | None
    deaths: int
    seconds: float
    """From the first time that it was taken until it was settled."""
    host: str | None
    """The host that read it; None where its last worker died."""


class Reading(NamedTuple):
    """One case that was read."""

    ended: datetime
    seconds: float
    host: str | None
    """None where it is not known."""


class ReadingQueue:
    """The queue in the database; times are the database's, so that clocks of hosts may differ."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, jobs: Sequence[Job], at: datetime | None = None) -> None:
        """Put cases in, as of now or of `at`; one that waits is brought up to date, one that was told of waits anew."""
        q = t.reading_queue
        with self._database.begin() as connection:
            now = at or self._now(connection)
            connection.execute(sa.delete(q).where(q.c.id.in_([job.id for job in jobs]), q.c.told))
            for job in jobs:
                fresh = {name: getattr(job, name) for name in ("profile", "content", "place", "work_json")}
                times = {"due_at": now + job.allowed, "not_before": now, "entered_at": now, "updated_at": now}
                row = {"id": job.id, "batch": job.batch, "state": "waiting", "attempts": 0, "deaths": 0, "told": False}
                written = self._database.insert(q).values({**row, **fresh, **times})
                connection.execute(
                    written.on_conflict_do_update(index_elements=["id"], set_=fresh, where=q.c.state == "waiting")
                )

    def claim(
        self, holder: str, seconds: float, *, batch: str | None = None, profile: str | None = None, alone: bool = True
    ) -> Lease | None:
        """Lease the first case that waits, of one batch or profile or of all; None where there is none to be had.

        A case whose worker died before goes only to one who reads nothing else meanwhile (`alone`): where it is the
        first, the others get none until it is taken. Inputs of one content are not leased at the same time.
        """
        q = t.reading_queue
        with self._database.begin() as connection:
            now = self._now(connection)
            fitting = [] if alone else [q.c.deaths == 0]
            written = (
                sa.update(q)
                .where(q.c.id == _first(now, batch, profile).scalar_subquery(), *fitting)
                .values(state="leased", holder=holder, lease=secrets.token_hex(8), updated_at=now)
                .values(lease_until=now + timedelta(seconds=seconds), begun_at=sa.func.coalesce(q.c.begun_at, now))
                .returning(q.c.id, q.c.batch, q.c.lease.label("token"), q.c.attempts, q.c.deaths, q.c.work_json)
            )
            row = connection.execute(written).mappings().one_or_none()
        return None if row is None else Lease(**row)

    def renew(self, leases: Collection[Lease], seconds: float) -> set[str]:
        """Hold leases on; gives the ids of those that are lost."""
        lost = set()
        with self._database.begin() as connection:
            until = self._now(connection) + timedelta(seconds=seconds)
            for lease in leases:
                if not self._change(connection, lease, lease_until=until):
                    lost.add(lease.id)
        return lost

    def settle(
        self,
        lease: Lease,
        outcome_json: str,
        seconds: float,
        *,
        case_id: str | None = None,
        reason: AsideReason | None = None,
        error: str | None = None,
        host: str | None = None,
    ) -> bool:
        """Write what came of a case on a host, with a `reason` where it is set aside; False where the lease is lost."""
        state = "done" if reason is None else "aside"
        told = {"outcome_json": outcome_json, "seconds": seconds, "case_id": case_id, "reason": reason, "error": error}
        told["host"] = host
        with self._database.begin() as connection:
            return self._change(connection, lease, state=state, **_FREE, **told)

    def put_off(self, lease: Lease, seconds: float, *, error: str | None = None) -> bool:
        """Let a case wait again for so long; an `error` counts as a try. False where the lease is lost."""
        tried = {} if error is None else {"attempts": lease.attempts + 1, "error": error}
        with self._database.begin() as connection:
            later = self._now(connection) + timedelta(seconds=seconds)
            return self._change(connection, lease, state="waiting", not_before=later, **_FREE, **tried)

    def reap(self, most_deaths: int, *, holder: str | None = None) -> int:
        """Take back leases that ran out, or all of a holder that has surely died and of its hands; gives how many.

        Its hands have its name, a space and more: the actors of a batch. The death counts for the case, which is set
        aside when it has as many.
        """
        q, w = t.reading_queue, t.reading_queue.alias()
        with self._database.begin() as connection:
            now = self._now(connection)
            over = w.c.lease_until < now if holder is None else _held_by(w.c.holder, holder)
            dead = sa.select(w.c.id).where(w.c.state == "leased", over).with_for_update(skip_locked=True, of=w)
            aside = q.c.deaths + 1 >= most_deaths
            state = sa.case((aside, "aside"), else_="waiting")
            reason = sa.case((aside, "worker_died"), else_=sa.null())
            values = {"deaths": q.c.deaths + 1, "state": state, "reason": reason, "updated_at": now, **_FREE}
            return connection.execute(sa.update(q).where(q.c.id.in_(dead)).values(values)).rowcount

    def give_back(self, holder: str) -> None:
        """Let all that a holder has wait again at once; it counts for nothing."""
        q = t.reading_queue
        with self._database.begin() as connection:
            now = self._now(connection)
            held = (q.c.state == "leased") & (q.c.holder == holder)
            connection.execute(
                sa.update(q).where(held).values(state="waiting", not_before=now, updated_at=now, **_FREE)
            )

    def left(self, *, batch: str | None = None, profile: str | None = None) -> int:
        """Count the cases that wait or are being read."""
        q = t.reading_queue.c
        query = sa.select(sa.func.count()).where(q.state.in_(OPEN), *_of(q, batch, profile))
        with self._database.connect() as connection:
            return connection.execute(query).scalar_one()

    def untold(self, batch: str) -> list[Settled]:
        """Give the settled cases of a batch that it has not told of, the first settled first."""
        q = t.reading_queue.c
        query = sa.select(t.reading_queue).where(q.batch == batch, q.state.in_(("done", "aside")), ~q.told)
        return [_settled(row) for row in self._database.rows(query.order_by(q.updated_at, q.id))]

    def tell(self, ids: Sequence[str]) -> None:
        """Note that the batch told of cases: their names and files are not kept any longer."""
        q = t.reading_queue
        with self._database.begin() as connection:
            for start in range(0, len(ids), CHUNK):
                told = sa.update(q).where(q.c.id.in_(ids[start : start + CHUNK]), q.c.state.in_(("done", "aside")))
                connection.execute(told.values(told=True, work_json=None, outcome_json=None))

    def known(self, contents: Collection[str], profile: str) -> set[str]:
        """Give those of some contents that were read here to a case by a profile."""
        q = t.reading_queue.c
        asked, found = sorted(contents), set[str]()
        with self._database.connect() as connection:
            for start in range(0, len(asked), CHUNK):
                among = q.content.in_(asked[start : start + CHUNK])
                query = sa.select(q.content).where(
                    q.state == "done", q.profile == profile, q.case_id.is_not(None), among
                )
                found |= set(connection.execute(query).scalars())
        return found

    def seconds(self, profile: str, most: int) -> list[float]:
        """Give how long the newest cases of a profile took, up to so many."""
        q = t.reading_queue.c
        query = (
            sa.select(q.seconds)
            .where(q.state == "done", q.profile == profile, q.case_id.is_not(None))
            .order_by(q.updated_at.desc())
            .limit(most)
        )
        with self._database.connect() as connection:
            return list(connection.execute(query).scalars())

    def readings(self, profile: str, most: int) -> list[Reading]:
        """Give the newest cases of a profile that were read to a case, up to so many."""
        q = t.reading_queue.c
        query = (
            sa.select(q.updated_at, q.seconds, q.host)
            .where(q.state == "done", q.profile == profile, q.case_id.is_not(None), q.seconds > 0)
            .order_by(q.updated_at.desc())
            .limit(most)
        )
        return [Reading(row["updated_at"], row["seconds"], row["host"]) for row in self._database.rows(query)]

    def forget(self, batch: str) -> None:
        """Take all cases of a batch out; a worker that has one cannot settle it any more."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(t.reading_queue).where(t.reading_queue.c.batch == batch))

    def keep_only(self, batch: str, ids: Collection[str]) -> None:
        """Take the cases of a batch out that wait and are not among the ids."""
        q = t.reading_queue
        waiting = (q.c.batch == batch) & (q.c.state == "waiting")
        with self._database.begin() as connection:
            gone = sorted(set(connection.execute(sa.select(q.c.id).where(waiting)).scalars()) - set(ids))
            for start in range(0, len(gone), CHUNK):
                connection.execute(sa.delete(q).where(waiting, q.c.id.in_(gone[start : start + CHUNK])))

    def _change(self, connection: sa.Connection, under: Lease, **values: Any) -> bool:
        """Write to a case under its lease, and only under that."""
        q = t.reading_queue
        held = (q.c.id == under.id) & (q.c.state == "leased") & (q.c.lease == under.token)
        written = sa.update(q).where(held).values(updated_at=self._now(connection), **values)
        return connection.execute(written).rowcount == 1

    def _now(self, connection: sa.Connection) -> datetime:
        if self._database.is_sqlite:
            return datetime.now(UTC)
        now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return now


# Made once: an alias makes its columns anew, which takes longer than the statement itself.
_WAITING, _READ = t.reading_queue.alias(), t.reading_queue.alias()
_SAME_IS_READ = sa.exists().where(_READ.c.content == _WAITING.c.content, _READ.c.state == "leased")
_FREE: Mapping[str, Any] = {"holder": None, "lease": None, "lease_until": None}


def _held_by(column: sa.ColumnElement[str], holder: str) -> sa.ColumnElement[bool]:
    return (column == holder) | column.startswith(f"{holder} ", autoescape=True)


def _of(columns: Any, batch: str | None, profile: str | None) -> list[sa.ColumnElement[bool]]:
    given = (("batch", batch), ("profile", profile))
    return [columns[name] == value for name, value in given if value is not None]


def _first(now: datetime, batch: str | None, profile: str | None) -> sa.Select[tuple[str]]:
    """Choose the case that is due first; on PostgreSQL past those that another claim has its hands on."""
    w = _WAITING
    return (
        sa.select(w.c.id)
        .where(w.c.state == "waiting", w.c.not_before <= now, ~_SAME_IS_READ, *_of(w.c, batch, profile))
        .order_by(w.c.due_at, w.c.place, w.c.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=w)
    )


def _settled(row: sa.RowMapping) -> Settled:
    taken = row["updated_at"] - (row["begun_at"] or row["updated_at"])
    names = ("id", "work_json", "outcome_json", "reason", "deaths", "host")
    return Settled(**{name: row[name] for name in names}, seconds=taken.total_seconds())
