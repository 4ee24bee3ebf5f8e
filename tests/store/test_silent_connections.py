"""A host that is gone without a word: both ends of its connections give it up, and its locks fall."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from overread.checkpoints import open_checkpoints
from overread.store.database import Database
from overread.store.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    from tests.postgres import Server

SERVER_SIDE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}


@contextmanager
def opened(server: "Server", folder: "Path", more: str = "") -> Iterator[Home]:
    home = Home(folder / "home", server.new_database() + more)
    yield home
    home.close()


def shown(database: Database) -> dict[str, str]:
    with database.connect() as connection:
        return {name: connection.execute(sa.text(f"SHOW {name}")).scalar_one() for name in SERVER_SIDE}


def test_a_server_asks_after_its_clients_within_seconds(postgres: "Server", tmp_path: "Path") -> None:
    with opened(postgres, tmp_path) as home:
        assert shown(home.database) == SERVER_SIDE


def test_what_the_address_says_holds(postgres: "Server", tmp_path: "Path") -> None:
    with opened(postgres, tmp_path, "?options=-c%20tcp_keepalives_idle%3D77&connect_timeout=3") as home:
        assert shown(home.database)["tcp_keepalives_idle"] == "77"
        assert "connect_timeout" not in home.database.connecting
        with open_checkpoints(home) as saver, saver.conn.connection() as connection:  # type: ignore[attr-defined]
            assert connection.info.get_parameters()["connect_timeout"] == "3"
            assert connection.info.get_parameters()["options"] == "-c tcp_keepalives_idle=77"


def test_checkpoints_are_on_such_connections_too(postgres: "Server", tmp_path: "Path") -> None:
    with opened(postgres, tmp_path) as home, open_checkpoints(home) as saver, saver.conn.connection() as connection:  # type: ignore[attr-defined]
        assert connection.info.get_parameters()["keepalives_idle"] == "10"
