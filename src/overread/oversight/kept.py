"""Facts that were taken from case files before, kept on disk: case files take minutes by the thousand, these seconds.

Nothing is lost with this file; it is made anew. A case is told by when it was last written.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from overread import labeler
from overread._version import __version__
from overread.oversight.facts import CaseFacts

SHAPE = "2"
"""Changes with what facts hold, or how they are taken."""
VERSION = f"{__version__}/{labeler.VERSION}/{SHAPE}"
TABLE = "CREATE TABLE IF NOT EXISTS facts (case_id TEXT PRIMARY KEY, written TEXT, version TEXT, facts TEXT)"
FACTS = TypeAdapter(CaseFacts)


class KeptFacts:
    """A table of facts by case; several processes may use it at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, case_id: str, written: datetime) -> CaseFacts | None:
        """Give the facts of a case as it was last written; None where they are older, or another version's."""
        key = (case_id, written.isoformat(), VERSION)
        query = "SELECT facts FROM facts WHERE case_id = ? AND written = ? AND version = ?"
        row = self._connection.execute(query, key).fetchone()
        return None if row is None else FACTS.validate_json(row[0])

    def put(self, facts: CaseFacts, written: datetime) -> None:
        """Keep the facts of a case in the place of older ones."""
        row = (facts.case_id, written.isoformat(), VERSION, FACTS.dump_json(facts).decode())
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?)", row)


@contextmanager
def kept_facts(path: Path) -> Iterator[KeptFacts]:
    """Open the table, made where there is none."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        # What is lost in a power cut is taken from the case files again.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(TABLE)
        yield KeptFacts(connection)
