"""How much there is in the store, in figures: of the narrow tables only, so that it costs little at any size."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store._types import Moment
from overread.store.database import Database
from overread.store.outbox import OPEN

RECENT = 2000
"""Rows of the journal that are looked through for errors."""


@dataclass(frozen=True)
class Counts:
    """A store in figures."""

    cases: Mapping[str, int]
    """Cases by state."""
    waiting_since: datetime | None
    """When the oldest case came in that waits for a review; None where none does."""
    outbox: Mapping[str, int]
    """Entries by state: those that are open, and those that failed."""
    arrivals: int
    """Studies that were seen at a source and are not read yet."""


def count(database: Database) -> Counts:
    """Count what is in a store now."""
    listed, outbox, arrivals = t.listing.c, t.outbox.c, t.arrivals.c
    # Only with `ended` does the index of the worklist serve.
    waits = listed.ended.is_(False) & (listed.status == "awaiting_review")
    oldest = sa.select(sa.func.min(listed.created_at, type_=Moment())).where(waits)
    coming = sa.select(sa.func.count()).select_from(t.arrivals).where(arrivals.state == "waiting")
    with database.connect() as connection:
        return Counts(
            cases=_by(connection, listed.status),
            waiting_since=connection.execute(oldest).scalar_one(),
            outbox=_by(connection, outbox.state, outbox.state.in_((*OPEN, "failed"))),
            arrivals=connection.execute(coming).scalar_one(),
        )


def recent_errors(database: Database) -> dict[str, int]:
    """Count what failed in the newest `RECENT` rows of the journal: cases by type of error, tools by kind."""
    newest = sa.select(t.journal.c.event, t.journal.c.detail).order_by(t.journal.c.seq.desc()).limit(RECENT).subquery()
    query = sa.select(newest).where(newest.c.event.in_(("failed", "tool")))
    found: Counter[str] = Counter()
    for row in database.rows(query):
        detail = json.loads(row["detail"])
        if row["event"] == "failed":
            found[f"case: {detail['error']}"] += 1
        elif detail["failure"] is not None:
            found[f"{detail['tool']}: {detail['failure']}"] += 1
    return dict(found.most_common())


def _by(connection: sa.Connection, column: sa.Column[str], *only: sa.ColumnElement[bool]) -> dict[str, int]:
    query = sa.select(column, sa.func.count()).where(*only).group_by(column).order_by(column)
    return {row[0]: row[1] for row in connection.execute(query)}
