"""Questions that readers asked about cases, with their answers: kept with the case, never part of its report."""

import sqlalchemy as sa

from overread.records import AskedQuestion
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database


class Questions:
    """Adds and lists; nothing is changed or removed."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(self, case_id: str, asked: AskedQuestion) -> None:
        """Keep a question; the audit holds its label only, as a person's words may name a patient."""
        row = {"id": asked.id, "case_id": case_id, "author": asked.author, "at": asked.at}
        with self._database.begin() as connection:
            connection.execute(sa.insert(t.questions).values(**row, question_json=asked.model_dump_json()))
            self._audit.append(connection, asked.author, "ask", case_id, label=asked.question.label)

    def of(self, case_id: str) -> tuple[AskedQuestion, ...]:
        """Give what was asked about a case, the first first."""
        query = sa.select(t.questions.c.question_json).where(t.questions.c.case_id == case_id)
        rows = self._database.rows(query.order_by(t.questions.c.at))
        return tuple(AskedQuestion.model_validate_json(row["question_json"]) for row in rows)
