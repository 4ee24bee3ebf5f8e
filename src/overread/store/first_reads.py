"""First impressions of readers, written before a draft was shown to them: one of a reader and case, never changed."""

import sqlalchemy as sa

from overread.errors import StaleReview
from overread.records import FirstRead
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database


class FirstReads:
    """The first impressions of all cases."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(self, case_id: str, made: FirstRead) -> None:
        """Keep a first impression; raises `StaleReview` when this reader has written one."""
        row = {"case_id": case_id, "author": made.author, "first_read_json": made.model_dump_json(), "at": made.at}
        try:
            with self._database.begin() as connection:
                connection.execute(sa.insert(t.first_reads).values(row))
                self._audit.append(connection, made.author, "first_read", case_id, findings=len(made.findings))
        except sa.exc.IntegrityError:
            raise StaleReview("you wrote down your first impression of this case already; it stands") from None

    def of(self, case_id: str) -> tuple[FirstRead, ...]:
        """Give the first impressions of a case, the earliest first."""
        return first_reads_of(self._database, case_id)

    def has(self, case_id: str, author: str) -> bool:
        """Tell whether a reader has written one of a case."""
        table = t.first_reads.c
        return bool(self._database.rows(sa.select(table.at).where(table.case_id == case_id, table.author == author)))


def first_reads_of(database: Database, case_id: str) -> tuple[FirstRead, ...]:
    """Read the first impressions of a case."""
    table = t.first_reads.c
    rows = database.rows(sa.select(table.first_read_json).where(table.case_id == case_id).order_by(table.at))
    return tuple(FirstRead.model_validate_json(row["first_read_json"]) for row in rows)
