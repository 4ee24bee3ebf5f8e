"""Both kinds of database that a store may be in, for tests that hold in each."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from overread.store.home import Home
from tests.needs import require

if TYPE_CHECKING:
    from tests.postgres import Server


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Server]":
    """Start a server for the tests of this process."""
    require("postgres")
    from tests.postgres import serving

    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Give the URL of an empty database, None for SQLite in the home; settings made in the test name it too."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres").new_database()
    monkeypatch.setenv("OVERREAD_DATABASE", url)
    return url


@pytest.fixture
def any_home(database_url: str | None, tmp_path: Path) -> Iterator[Home]:
    """Give an empty store, in SQLite and in PostgreSQL."""
    opened = Home(tmp_path / "home", database_url)
    yield opened
    opened.close()
