"""What is to be sent to named remote systems: one entry a state of a report, kind and destination, put in once.

An entry is `pending` until somebody takes it; `sending` is written down before anything is sent. It then is `proven`
(the other side showed that it has it), `sent` (it took it and does not show it yet), `pending` again with an error, or
`failed`, which waits for a person. A newer state of the report makes it `overtaken`, a kind that does not apply to the
case `inapplicable`, a person `dropped`.

Whoever works on an entry holds its lock, which the operating system or the database lets go when the holder dies: what
still says `sending` then is taken up again, and that is harmless, since what is sent has UIDs and ids of its content.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from overread.errors import StoreError
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

EntryState = Literal["pending", "sending", "sent", "proven", "failed", "overtaken", "inapplicable", "dropped"]
OPEN: tuple[EntryState, ...] = ("pending", "sending", "sent")
"""States in which there is something left to do."""
ACTOR = "outbox"


@dataclass(frozen=True)
class Outgoing:
    """What is to go where."""

    case_id: str
    version: int
    """0: the draft; n: the signed version n."""
    content: str
    """Digest of the draft, or of the signed text."""
    kind: str
    destination: str

    @property
    def id(self) -> str:
        """Give the id, which follows from all of it."""
        parts = (self.case_id, str(self.version), self.content, self.kind, self.destination)
        return "o-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Entry:
    """One entry as the store has it."""

    id: str
    what: Outgoing
    state: EntryState
    attempts: int
    next_at: datetime
    """When it is to be tried again; of one at rest, when it was tried last."""
    trouble: str | None
    """Kind of the last error (`errors.PeerTrouble`, or `settings`)."""
    detail: str | None
    """What is said of the error, or of the proof."""
    created_at: datetime
    updated_at: datetime


class Outbox:
    """The entries in the database."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(self, new: Sequence[Outgoing], at: datetime) -> None:
        """Put entries in; those that are there already stay as they are."""
        with self._database.begin() as connection:
            for what in new:
                row = {"id": what.id, **what.__dict__, "state": "pending", "attempts": 0}
                times = {"next_at": at, "created_at": at, "updated_at": at}
                insert = self._database.insert(t.outbox).values(**row, **times).on_conflict_do_nothing()
                connection.execute(insert)

    def entries(self, states: Sequence[EntryState] = (), case_id: str | None = None) -> list[Entry]:
        """Give entries in some states, or in any, of one case or of all, the first put in first."""
        query = sa.select(t.outbox).order_by(t.outbox.c.created_at, t.outbox.c.case_id, t.outbox.c.id)
        if states:
            query = query.where(t.outbox.c.state.in_(states))
        if case_id is not None:
            query = query.where(t.outbox.c.case_id == case_id)
        return [_entry(row) for row in self._database.rows(query)]

    def entry(self, entry_id: str) -> Entry:
        """Give one entry; raises `StoreError` for an id that there is not."""
        for row in self._database.rows(sa.select(t.outbox).where(t.outbox.c.id == entry_id)):
            return _entry(row)
        raise StoreError(f"the outbox has no entry {entry_id}; see 'overread outbox'")

    @contextmanager
    def hold(self, entry_id: str) -> Iterator[None]:
        """Work on an entry alone; raises `CaseBusy` while another process does."""
        with self._database.hold(f"outbox-{entry_id}", 0.0, f"another process works on entry {entry_id}"):
            yield

    def begin(self, entry_id: str, at: datetime) -> None:
        """Write down that an entry is being sent; to be called by the holder of its lock."""
        self._write(entry_id, at, state="sending", attempts=t.outbox.c.attempts + 1, next_at=at)

    def settle(
        self,
        entry_id: str,
        state: EntryState,
        at: datetime,
        *,
        next_at: datetime | None = None,
        trouble: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Write what came of it; what another system has now is a row of the audit as well."""
        values = {"state": state, "next_at": next_at or at, "trouble": trouble, "detail": detail, "updated_at": at}
        what = self.entry(entry_id).what
        with self._database.begin() as connection:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.id == entry_id).values(values))
            if state in ("sent", "proven"):
                told = {"version": what.version, "kind": what.kind, "to": what.destination}
                self._audit.append(connection, ACTOR, state, what.case_id, **told)

    def retry(self, entry_id: str, at: datetime) -> None:
        """Let an entry be tried at once, with all its attempts before it; one that is proven is proven again."""
        self._by_hand(entry_id, at, "pending")

    def drop(self, entry_id: str, at: datetime) -> None:
        """Send an entry no more; raises `StoreError` for one that was taken or proven already."""
        self._by_hand(entry_id, at, "dropped", refused=("sent", "proven"))

    def _by_hand(self, entry_id: str, at: datetime, state: EntryState, refused: Sequence[EntryState] = ()) -> None:
        with self.hold(entry_id):
            entry = self.entry(entry_id)
            if entry.state in refused:
                raise StoreError(f"entry {entry_id} is {entry.state}: '{entry.what.destination}' has it")
            attempts = {"attempts": 0} if state == "pending" else {}
            self._write(entry_id, at, state=state, next_at=at, **attempts)

    def _write(self, entry_id: str, at: datetime, **values: Any) -> None:
        with self._database.begin() as connection:
            connection.execute(sa.update(t.outbox).where(t.outbox.c.id == entry_id).values(updated_at=at, **values))


def _entry(row: sa.RowMapping) -> Entry:
    what = Outgoing(row["case_id"], row["version"], row["content"], row["kind"], row["destination"])
    names = ("id", "state", "attempts", "next_at", "trouble", "detail", "created_at", "updated_at")
    return Entry(what=what, **{name: row[name] for name in names})
