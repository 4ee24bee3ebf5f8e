"""What readers measured and drew, kept as it was made; nothing is changed, what is taken away stays on file."""

from datetime import datetime

import sqlalchemy as sa

from overread.errors import UsageError
from overread.records import Mark
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

MOST = 200
"""Marks of one case that stand."""


class Marks:
    """The marks of all cases."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(self, case_id: str, mark: Mark) -> None:
        """Keep a mark, and take away the one it replaces; raises `UsageError` when that is not the author's."""
        if len(self.of(case_id)) >= MOST:
            raise UsageError(f"the case has {MOST} marks; remove some first")
        row = {"id": mark.id, "case_id": case_id, "author": mark.author, "at": mark.at}
        with self._database.begin() as connection:
            if mark.replaces is not None:
                self._take_away(connection, case_id, mark.replaces, mark.author, mark.at)
            connection.execute(sa.insert(t.marks).values(**row, mark_json=mark.model_dump_json()))
            self._audit.append(connection, mark.author, "mark", case_id, mark=mark.id, kind=mark.kind)

    def remove(self, case_id: str, mark_id: str, author: str, at: datetime) -> None:
        """Take a mark away; raises `UsageError` when there is no such mark of this author."""
        with self._database.begin() as connection:
            self._take_away(connection, case_id, mark_id, author, at)
            self._audit.append(connection, author, "unmark", case_id, mark=mark_id)

    def of(self, case_id: str) -> tuple[Mark, ...]:
        """Give the marks of a case that stand, the first first."""
        query = sa.select(t.marks.c.mark_json).where(t.marks.c.case_id == case_id, t.marks.c.removed_at.is_(None))
        rows = self._database.rows(query.order_by(t.marks.c.at))
        return tuple(Mark.model_validate_json(row["mark_json"]) for row in rows)

    def _take_away(self, connection: sa.Connection, case_id: str, mark_id: str, author: str, at: datetime) -> None:
        own = sa.and_(t.marks.c.id == mark_id, t.marks.c.case_id == case_id, t.marks.c.author == author)
        taken = connection.execute(sa.update(t.marks).where(own, t.marks.c.removed_at.is_(None)).values(removed_at=at))
        if taken.rowcount != 1:
            raise UsageError("there is no such mark of yours")
