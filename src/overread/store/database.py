"""The database behind the store: SQLite in a file by default, PostgreSQL by URL; brought up to date when opened."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from overread.errors import SettingsError, StoreError
from overread.store._locks import FileLocks, PostgresLocks
from overread.store._postgres import connecting
from overread.store.migrations import is_newest, migrate

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

MIGRATION_SECONDS = 300.0
LOOK_AT_FILE = "is there room on its disk, and may it be written to? Where the file is damaged, restore the last backup"
LOOK_AT_SERVER = "does the server run, and is the setting 'database' right?"


class Database:
    """Connections, and locks that hold across every process that works on the same database."""

    def __init__(self, url: str, locks: Path) -> None:
        self.url = _parsed(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        # An error of the database must not print the values that were written: they are a patient's.
        given: dict[str, Any] = {"timeout": 30} if self.is_sqlite else connecting(self.url)
        try:
            self._engine = sa.create_engine(
                self.url, hide_parameters=True, connect_args=given, pool_pre_ping=not self.is_sqlite
            )
        except ModuleNotFoundError:
            raise StoreError("a PostgreSQL database needs its drivers: pip install 'overread[postgres]'") from None
        self._locks = FileLocks(locks) if self.is_sqlite else PostgresLocks(self.url)
        if self.is_sqlite:
            sa.event.listen(self._engine, "connect", _use_wal)
        try:
            self._bring_up_to_date()
        except BaseException:
            self._engine.dispose()
            raise

    def _bring_up_to_date(self) -> None:
        try:
            if not is_newest(self._engine):
                with self._locks.hold("schema", MIGRATION_SECONDS, "the store is being brought up to date"):
                    migrate(self._engine)
        except sa.exc.DBAPIError as error:
            look = LOOK_AT_FILE if self.is_sqlite else LOOK_AT_SERVER
            raise StoreError(f"the database {self.shown} cannot be used: {_first_line(error)}; {look}") from None

    @property
    def shown(self) -> str:
        """Give the address without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def connecting(self) -> dict[str, str | int]:
        """Give the parameters of a connection to PostgreSQL, by which either end notices that the other is gone."""
        return connecting(self.url)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Give a connection whose writes are all done at the end, or none of them."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """Give a connection to read with."""
        with self._engine.connect() as connection:
            yield connection

    def rows(self, query: sa.Select[Any]) -> Sequence[sa.RowMapping]:
        """Give all rows of a query."""
        with self.connect() as connection:
            return connection.execute(query).mappings().all()

    def hold(self, name: str, wait_seconds: float, busy: str) -> AbstractContextManager[None]:
        """Hold a name alone, as a context manager; raises `CaseBusy` when it is not free in time."""
        return self._locks.hold(name, wait_seconds, busy)

    def insert(self, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
        """Begin an insert that may say what happens where the row is there already."""
        # The other database's is not imported: it takes a third as long as all of SQLAlchemy.
        if self.is_sqlite:
            from sqlalchemy.dialects.sqlite import insert

            return insert(table)
        from sqlalchemy.dialects.postgresql import insert as insert_there

        return insert_there(table)


def open_database(home: Path, url: str | None = None) -> Database:
    """Open the database of a home folder, made on first use; `url` names one elsewhere, None: SQLite in the folder.

    Raises `SettingsError` where the folder cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError(f"setting 'home': the folder {home} cannot be made: {error.strerror}") from error
    return Database(url or f"sqlite:///{home / 'cases.sqlite'}", home / "locks")


def is_away(error: BaseException) -> bool:
    """Tell whether an error says that the database cannot be reached or is busy now, of the store or of checkpoints."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    # psycopg may not be installed; its OperationalError is a broken connection, a shutdown, a server that starts.
    named = [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(cause).__mro__]
    return "psycopg.OperationalError" in named


def _parsed(url: str) -> sa.URL:
    """Read the address; raises `SettingsError` for one that is none, or of another kind of database."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise SettingsError("setting 'database' is no URL such as postgresql://user:password@host/name") from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"setting 'database': {parsed.drivername} is not supported; use postgresql:// or sqlite://")
    return parsed


def _first_line(error: sa.exc.DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _use_wal(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
