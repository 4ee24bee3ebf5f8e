"""What people did, in a chain: each row's hash holds the one before it, so that a changed or missing row shows.

A chain alone cannot show a cut tail: `export` its head to another system now and then, and `verify` against it.
Source: 21 CFR 11.10(e), a time-stamped trail that never obscures what was recorded before.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database

GENESIS = "0" * 64
"""What the first row follows."""
AT_ONCE = 1000


@dataclass(frozen=True)
class Link:
    """One row of the chain."""

    seq: int
    at: str
    """UTC, ISO 8601."""
    actor: str
    action: str
    object: str
    """What it was done to: a case id, a user's name."""
    detail: str
    """JSON; ids, names of people who work here and figures, never a patient's data."""
    hash: str

    def follows(self, before: str) -> bool:
        """Tell whether the row is what was written after the hash of the one before it."""
        return self.hash == _hash(before, self.seq, self.at, self.actor, self.action, self.object, self.detail)


@dataclass(frozen=True)
class Head:
    """The newest link: kept elsewhere, it shows later that nothing before it was changed or cut off."""

    seq: int
    hash: str


@dataclass(frozen=True)
class Fault:
    """Where the chain does not hold."""

    seq: int
    what: str


class Audit:
    """The chain in the database; two writers never fork it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def write(self, actor: str, action: str, object: str, **detail: Any) -> None:
        """Append one row in a step of its own."""
        with self._database.begin() as connection:
            self.append(connection, actor, action, object, **detail)

    def append(self, connection: sa.Connection, actor: str, action: str, object: str, **detail: Any) -> None:
        """Append one row in the step that `connection` is in: both are written, or neither."""
        # Writing to the head first makes others wait, on SQLite and PostgreSQL alike, until this step is done.
        connection.execute(sa.update(t.audit_head).values(seq=t.audit_head.c.seq + 1))
        head = connection.execute(sa.select(t.audit_head.c.seq, t.audit_head.c.hash)).one()
        at, text = self._clock().isoformat(), json.dumps(detail, default=str, sort_keys=True)
        linked = _hash(head.hash, head.seq, at, actor, action, object, text)
        row = {"seq": head.seq, "at": at, "actor": actor, "action": action, "object": object, "detail": text}
        connection.execute(sa.insert(t.audit).values(**row, hash=linked))
        connection.execute(sa.update(t.audit_head).values(hash=linked))

    def wait(self, connection: sa.Connection) -> None:
        """Let the step that `connection` is in wait for other writers first: what it reads then holds until its end."""
        connection.execute(sa.update(t.audit_head).values(seq=t.audit_head.c.seq))

    def head(self) -> Head:
        """Give the newest link."""
        with self._database.connect() as connection:
            row = connection.execute(sa.select(t.audit_head.c.seq, t.audit_head.c.hash)).one()
        return Head(row.seq, row.hash)

    def links(self, *, since: int = 0) -> Iterator[Link]:
        """Give the rows after number `since`, in order, without holding them all."""
        rows = sa.select(t.audit).order_by(t.audit.c.seq).limit(AT_ONCE)
        while found := [Link(**row) for row in self._database.rows(rows.where(t.audit.c.seq > since))]:
            yield from found
            since = found[-1].seq

    def of(self, object: str) -> list[Link]:
        """Give all that was done to one object, in order."""
        query = sa.select(t.audit).where(t.audit.c.object == object).order_by(t.audit.c.seq)
        return [Link(**row) for row in self._database.rows(query)]

    def faults(self, anchor: Head | None = None) -> Iterator[Fault]:
        """Walk the chain and give each place where it does not hold; none when all of it does.

        `anchor` is a head that was exported before: the chain must still hold it.
        """
        before, last = GENESIS, 0
        for link in self.links():
            if link.seq != last + 1:
                yield Fault(link.seq, f"rows {last + 1} to {link.seq - 1} are missing")
            elif not link.follows(before):
                yield Fault(link.seq, "the row is not what was written")
            if anchor is not None and link.seq == anchor.seq and link.hash != anchor.hash:
                yield Fault(link.seq, "the row is another one than that of the exported head")
            before, last = link.hash, link.seq
        head = self.head()
        if (head.seq, head.hash) != (last, before):
            yield Fault(last + 1, f"the chain ends at row {last}, its head names row {head.seq}")
        if anchor is not None and last < anchor.seq:
            yield Fault(last + 1, f"the chain ends at row {last}; the exported head is row {anchor.seq}")


def _hash(before: str, *fields: object) -> str:
    """SHA-256 of the hash before and the fields, each with its length, as 64 hex digits."""
    digest = hashlib.sha256(before.encode())
    for field in fields:
        text = str(field).encode()
        digest.update(len(text).to_bytes(8, "big") + text)
    return digest.hexdigest()
