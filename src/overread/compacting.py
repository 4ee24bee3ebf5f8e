"""Keep of a closed case's run what is needed of it: its last state. What led there is not gone back to.

LangGraph keeps the whole state of a case after every step, so that a killed run goes on from the last one; a run that
has ended only says how. One transaction a case: a kill leaves all of it or none of it gone, and a reader that asks for
the newest state finds it before, meanwhile and afterwards.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from overread.records import CaseStatus

CLOSED: tuple[CaseStatus, ...] = ("signed", "rejected", "refused", "replaced")
"""States that no run leaves."""


def compact(saver: BaseCheckpointSaver[str] | None, case_id: str) -> int:
    """Remove all checkpoints of a case but the newest, and what was written towards them; gives how many went.

    To be called by who holds the case. Done twice it is done once. A keeper of another kind is left as it is: 0.
    """
    if isinstance(saver, SqliteSaver):
        with saver.cursor() as cursor:
            return _in_sqlite(cursor, case_id)
    pool = getattr(saver, "conn", None)
    if pool is None or not hasattr(pool, "connection"):
        return 0
    with pool.connection() as connection, connection.transaction(), connection.cursor() as cursor:
        return _in_postgres(cursor, case_id)


def vacuum_checkpoints(path: Path) -> tuple[int, int]:
    """Give the space of removed rows back to the disk; gives the bytes of the file before and after.

    Until then SQLite fills the space with the next cases. Who reads or writes beside it waits.
    """
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = path.stat().st_size
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before, path.stat().st_size


def _in_sqlite(cursor: Any, case_id: str) -> int:
    """Python opens a transaction at the first delete; leaving the cursor commits it."""
    newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = :case AND checkpoint_ns = '')"
    older = f"thread_id = :case AND checkpoint_id < {newest}"
    cursor.execute(f"DELETE FROM writes WHERE {older}", {"case": case_id})
    removed: int = cursor.execute(f"DELETE FROM checkpoints WHERE {older}", {"case": case_id}).rowcount
    return removed


def _in_postgres(cursor: Any, case_id: str) -> int:
    """A channel's values lie in rows of their own: those that the newest checkpoint names stay."""
    newest = "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = %(case)s AND checkpoint_ns = '')"
    older = f"thread_id = %(case)s AND checkpoint_id < {newest}"
    cursor.execute(f"DELETE FROM checkpoint_writes WHERE {older}", {"case": case_id})
    cursor.execute(f"DELETE FROM checkpoints WHERE {older}", {"case": case_id})
    removed: int = cursor.rowcount
    cursor.execute(
        "DELETE FROM checkpoint_blobs b WHERE b.thread_id = %(case)s AND NOT EXISTS ("
        "SELECT 1 FROM checkpoints c WHERE c.thread_id = b.thread_id AND c.checkpoint_ns = b.checkpoint_ns "
        "AND c.checkpoint -> 'channel_versions' ->> b.channel = b.version)",
        {"case": case_id},
    )
    return removed
