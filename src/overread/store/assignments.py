"""Who works on a case: taken with a lease, given by others until further notice; never taken from under somebody."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from overread.errors import CaseUnknown, UsageError
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

What = Literal["taken_over", "reassigned", "given", "released", "late_order"]
"""`late_order`: an order came for a case after one signed it."""
_a, _h = t.assignments.c, t.handovers.c


@dataclass(frozen=True)
class Assignment:
    """Who has a case, or had it until a lease ended."""

    case_id: str
    assignee: str
    assigned_by: str
    at: datetime
    lease_until: datetime | None
    """After it anybody may take the case; None: it stays with the assignee."""

    def holds(self, now: datetime) -> bool:
        """Tell whether the case is still the assignee's."""
        return self.lease_until is None or self.lease_until > now


@dataclass(frozen=True)
class Handover:
    """What somebody else did with a case that one had, or gave one, or what came for it."""

    id: int
    case_id: str
    what: What
    by: str
    at: datetime


class Assignments:
    """Every change is one step of the database: of two at once, one gets the case and the other is told who has it."""

    def __init__(self, database: Database, audit: Audit, clock: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock or (lambda: datetime.now(UTC))

    def of(self, case_id: str) -> Assignment | None:
        """Give who has a case, or had it last; None for one that nobody had."""
        found = self._database.rows(sa.select(t.assignments).where(_a.case_id == case_id))
        return Assignment(**found[0]) if found else None

    def take(self, case_id: str, who: str, lease: timedelta) -> Assignment:
        """Take a case that is free, whose lease ended, or that one has already; gives who has it then, maybe another.

        Raises `CaseUnknown`.
        """
        now = self._clock()
        # What was given to somebody until further notice is not cut down to a lease by taking it.
        free = sa.or_(sa.and_(_a.assignee == who, _a.lease_until.is_not(None)), _a.lease_until <= now)
        return self._put(case_id, who, who, now, now + lease, free)

    def assign(self, case_id: str, to: str, by: str, seen: str | None) -> Assignment:
        """Give a case to somebody until further notice, if it is still whose it was `seen` to be (None: nobody's).

        Gives who has it then, which is another where somebody was first. Raises `CaseUnknown`,
        `UsageError` for a name that no account has.
        """
        self._known(to)
        now = self._clock()
        return self._put(case_id, to, by, now, None, sa.or_(_a.assignee == (seen or to), _a.lease_until <= now))

    def release(self, case_id: str, by: str, seen: str) -> bool:
        """Take a case from who was `seen` to have it; False when it is another's, or nobody's, by now."""
        mine = sa.delete(t.assignments).where(_a.case_id == case_id, _a.assignee == seen)
        with self._database.begin() as connection:
            if connection.execute(mine).rowcount != 1:
                return False
            self._tell(connection, case_id, seen, "released", by, self._clock())
            self._audit.append(connection, by, "release", case_id, of=seen)
        return True

    def prolong(self, case_id: str, who: str, lease: timedelta) -> Assignment | None:
        """Let a lease run on while its case is open, also one that ended if nobody took the case; gives who has it.

        Not in the audit: nothing changes hands, and an open case asks every few seconds.
        """
        mine = sa.update(t.assignments).where(_a.case_id == case_id, _a.assignee == who, _a.lease_until.is_not(None))
        with self._database.begin() as connection:
            connection.execute(mine.values(lease_until=self._clock() + lease))
        return self.of(case_id)

    def handovers(self, reader: str) -> list[Handover]:
        """Give what a reader has not seen yet of what others did with their cases, the first first."""
        query = sa.select(_h.id, _h.case_id, _h.what, _h.by, _h.at).where(_h.told == reader, _h.seen_at.is_(None))
        return [Handover(**row) for row in self._database.rows(query.order_by(_h.id))]

    def tell_in(self, connection: sa.Connection, case_id: str, whom: str, what: What, by: str) -> None:
        """Leave a notice for somebody in the step that `connection` is in."""
        self._tell(connection, case_id, whom, what, by, self._clock())

    def seen(self, reader: str, until: int) -> None:
        """Write down that a reader has seen the handovers up to a number."""
        done = sa.update(t.handovers).where(_h.told == reader, _h.id <= until, _h.seen_at.is_(None))
        with self._database.begin() as connection:
            connection.execute(done.values(seen_at=self._clock()))

    def people(self) -> list[str]:
        """Give the names that a case can be given to: accounts that may decide, else whoever had a case before."""
        accounts = sa.select(t.users.c.name).where(t.users.c.disabled.is_(False), t.users.c.role != "viewer")
        before = sa.select(_a.assignee.label("name")).distinct()
        found = self._database.rows(accounts.order_by(t.users.c.name)) or self._database.rows(before.order_by("name"))
        return [row["name"] for row in found]

    def _known(self, to: str) -> None:
        """Refuse a name that no account has; without accounts, on one machine, any name will do."""
        with self._database.connect() as connection:
            accounts = connection.execute(sa.select(sa.func.count()).select_from(t.users)).scalar_one()
        if accounts and to not in self.people():
            raise UsageError(f"no account that may decide is named {to}")

    def _put(
        self, case_id: str, to: str, by: str, now: datetime, until: datetime | None, free: sa.ColumnElement[bool]
    ) -> Assignment:
        values: Mapping[str, Any] = {"assignee": to, "assigned_by": by, "at": now, "lease_until": until}
        written = self._database.insert(t.assignments).values(case_id=case_id, **values)
        upsert = written.on_conflict_do_update(index_elements=["case_id"], set_=dict(values), where=free)
        try:
            with self._database.begin() as connection:
                self._audit.wait(connection)
                before = connection.execute(sa.select(t.assignments).where(_a.case_id == case_id)).mappings().first()
                if connection.execute(upsert.returning(_a.case_id)).first() is not None:
                    self._done(connection, case_id, to, by, None if before is None else Assignment(**before), now)
        except sa.exc.IntegrityError:
            raise CaseUnknown(f"no case {case_id} here; 'overread review list' shows those there are") from None
        found = self.of(case_id)
        return found or Assignment(case_id, to, by, now, until)

    def _done(
        self, connection: sa.Connection, case_id: str, to: str, by: str, before: Assignment | None, now: datetime
    ) -> None:
        had = before.assignee if before else None
        if had and had != to:
            self._tell(connection, case_id, had, "taken_over" if to == by else "reassigned", by, now)
        if to != had:
            self._tell(connection, case_id, to, "given", by, now)
        action = "take" if to == by else "assign"
        self._audit.append(connection, by, action, case_id, to=to, **({"from": had} if had else {}))

    def _tell(self, connection: sa.Connection, case_id: str, whom: str, what: What, by: str, now: datetime) -> None:
        """Leave a notice for somebody, unless it is their own doing."""
        if whom != by:
            row = {"case_id": case_id, "told": whom, "what": what, "by": by, "at": now}
            connection.execute(sa.insert(t.handovers).values(row))
