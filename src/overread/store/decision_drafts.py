"""Decisions as they are made, before anybody signs: one set for each reader and case, and of which draft."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.database import Database

FIRST_READER = "first reader:"
"""In the place of an author: who signed the preliminary report. No account may be called so."""


@dataclass(frozen=True)
class KeptDecisions:
    """What a reader had decided, and on which draft."""

    draft_digest: str
    decisions: dict[str, Any]
    """JSON-native, as the page gave it."""
    at: datetime


class DecisionDrafts:
    """Keeps what is not signed yet; the last save of a reader on a case stands."""

    def __init__(self, database: Database, clock: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._clock = clock or (lambda: datetime.now(UTC))

    def keep(self, case_id: str, author: str, draft_digest: str, decisions: dict[str, Any]) -> datetime:
        """Keep what was decided, in the place of what was kept before, and give the time of it."""
        at = self._clock()
        values = {"draft_digest": draft_digest, "decisions_json": json.dumps(decisions), "at": at}
        row = self._database.insert(t.decision_drafts).values(case_id=case_id, author=author, **values)
        with self._database.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["case_id", "author"], set_=values))
        return at

    def kept(self, case_id: str, author: str) -> KeptDecisions | None:
        """Give what a reader had decided on a case, None where there is nothing."""
        query = sa.select(t.decision_drafts).where(*_of(case_id, author))
        for row in self._database.rows(query):
            return KeptDecisions(row["draft_digest"], json.loads(row["decisions_json"]), row["at"])
        return None

    def forget(self, case_id: str, author: str) -> None:
        """Throw away what a reader had decided: it is signed, or was taken back."""
        with self._database.begin() as connection:
            connection.execute(sa.delete(t.decision_drafts).where(*_of(case_id, author)))


def _of(case_id: str, author: str) -> tuple[sa.ColumnElement[bool], ...]:
    return t.decision_drafts.c.case_id == case_id, t.decision_drafts.c.author == author
