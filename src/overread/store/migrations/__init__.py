"""Versions of the tables, made with Alembic: a store of a version before is brought up to date, whole or not at all."""

import threading
from pathlib import Path

import sqlalchemy as sa

from overread.errors import StoreError

NEWEST = "0013"
"""The revision that this version writes and reads."""


_ONE_AT_A_TIME = threading.Lock()
"""Alembic keeps the migration under way in its modules, so that two threads would mix theirs up."""


def is_newest(engine: sa.Engine) -> bool:
    """Tell whether there is nothing to do; asked at each start, so without loading Alembic."""
    return _revision(engine) == NEWEST


def _revision(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all()
    return str(found[0]) if found else None


def migrate(engine: sa.Engine) -> None:
    """Bring the tables to the newest revision in one transaction; raises `StoreError` for a newer version's store."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    revision = _revision(engine)  # another process may have been first
    if revision is not None and revision not in known:
        raise StoreError(
            f"the store is of a newer version of Overread (revision {revision}); nothing was changed. "
            "Update Overread, or choose another home"
        )
    with _ONE_AT_A_TIME, engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver begins no transaction before DDL; without one a kill would leave half of it.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
