"""Versions of the tables, made with Alembic: a store of a version before is brought up to date, whole or not at all."""

import sqlite3
import threading
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import cast

import sqlalchemy as sa

from overread.errors import StoreError

NEWEST = "0017"
"""The revision that this version writes and reads."""


_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the migration under way in its modules, so that two threads would mix theirs up."""


def is_newest(engine: sa.Engine) -> bool:
    """Tell whether there is nothing to do; asked at each start, so without loading Alembic."""
    with engine.connect() as connection:
        return _revision(connection) == NEWEST


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    return str(found[0]) if found else None


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to the newest revision in one transaction; raises `StoreError` for a newer version's store."""
    with _ONE_AT_A_TIME, engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            if not sa.inspect(connection).get_table_names():
                _copy_blank(connection)
                return
            # Python's driver begins no transaction before DDL; without one a kill would leave half of it.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        _upgrade(connection)
        connection.commit()


def _copy_blank(connection: sa.Connection) -> None:
    """Make a new store of one without a row; SQLite copies it in one transaction, so that a kill leaves all or none."""
    with closing(sqlite3.connect(":memory:")) as blank:
        blank.deserialize(_blank())
        blank.backup(cast(sqlite3.Connection, connection.connection.driver_connection))


@lru_cache(1)
def _blank() -> bytes:
    """Give a store without a row, migrated once a process: evals and tests open new ones by the hundred."""
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as blank:
        engine = sa.create_engine("sqlite://", creator=lambda: blank, poolclass=sa.StaticPool)
        with engine.connect() as connection:
            _upgrade(connection)
            connection.commit()
        return blank.serialize()


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = _revision(connection)  # another process may have been first
    if revision is not None and revision not in known:
        raise StoreError(
            f"the store is of a newer version of Overread (revision {revision}); nothing was changed. "
            "Update Overread, or choose another home"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
