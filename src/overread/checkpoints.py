"""Where the graph keeps its checkpoints: beside the cases, in SQLite or PostgreSQL."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver

from overread.errors import StoreError
from overread.store.database import Database
from overread.store.home import Home

CONNECTIONS = 16


@contextmanager
def open_checkpoints(home: Home) -> Iterator[BaseCheckpointSaver[str]]:
    """Open the checkpoints of a home and close them at the end."""
    if not home.database.is_sqlite:
        with _in_postgres(home.database) as saver:
            yield saver
        return
    with closing(sqlite3.connect(home.checkpoints, check_same_thread=False, timeout=30)) as connection:
        yield SqliteSaver(connection, serde=_serializer())


@contextmanager
def _in_postgres(database: Database) -> Iterator[BaseCheckpointSaver[str]]:
    try:
        from langgraph.checkpoint.postgres import PostgresSaver
        from psycopg import Connection
        from psycopg.conninfo import make_conninfo
        from psycopg.rows import dict_row
        from psycopg_pool import ConnectionPool
    except ImportError:
        raise StoreError("a PostgreSQL database needs its drivers: pip install 'overread[postgres]'") from None
    said = {name: value for name, value in database.url.query.items() if isinstance(value, str)}
    address = make_conninfo(**database.url.translate_connect_args(username="user", database="dbname"), **said)
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row, **database.connecting}
    pool: ConnectionPool[Connection[dict[str, Any]]] = ConnectionPool(
        address, min_size=1, max_size=CONNECTIONS, kwargs=options, open=False
    )
    with pool:
        saver = PostgresSaver(pool, serde=_serializer())
        with database.hold("checkpoints", 60.0, "the checkpoints are being brought up to date"):
            saver.setup()
        yield saver


def _serializer() -> JsonPlusSerializer:
    # Allowing no class at all is safe: the state is JSON-native.
    return JsonPlusSerializer(allowed_msgpack_modules=None)
