"""Which cases are assigned to whom: what the setting `see = assigned` goes by."""

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database


def cases_of(database: Database, name: str) -> frozenset[str]:
    """Give the ids of the cases that are assigned to an account now; a lease that ran out leaves them theirs."""
    query = sa.select(t.assignments.c.case_id).where(t.assignments.c.assignee == name)
    return frozenset(row["case_id"] for row in database.rows(query))
