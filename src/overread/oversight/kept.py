"""Facts that were taken from case files before, kept on disk: case files take minutes by the thousand, these seconds.

Nothing is lost with this file; it is made anew. A case is told by when it was last written.
"""

import sqlite3
from collections.abc import Iterator, Mapping
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


class Before:
    """Facts by case and by when its file was written; they are read when they are asked for."""

    def __init__(self, kept: Mapping[tuple[str, str], str]) -> None:
        self._kept = kept

    def has(self, case_id: str, written: datetime) -> bool:
        """Say whether there are facts of a case as it was last written."""
        return (case_id, written.isoformat()) in self._kept

    def of(self, case_id: str, written: datetime) -> CaseFacts | None:
        """Give them; None where there are none, or those of an older file."""
        facts = self._kept.get((case_id, written.isoformat()))
        return None if facts is None else FACTS.validate_json(facts)


class KeptFacts:
    """A table of facts by case; several processes may use it at once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> "Before":
        """Give all that was taken by this version."""
        query = "SELECT case_id, written, facts FROM facts WHERE version = ?"
        return Before(
            {(case_id, written): facts for case_id, written, facts in self._connection.execute(query, (VERSION,))}
        )

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
