"""Makes the store of a release that had no revisions out of one of this version."""

from sqlite3 import Connection

from overread.store import _schema as t

FIRST = ("cases", "reviews", "signatures", "alerts", "journal")


def forget_revisions(database: Connection) -> None:
    """Drop every table that came with revisions, and the mark of the revision."""
    for table in reversed(t.metadata.sorted_tables):
        if table.name not in FIRST:
            database.execute(f"DROP TABLE {table.name}")
    database.execute("DROP TABLE alembic_version")
