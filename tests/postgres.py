"""A PostgreSQL server of the tests' own, on the loopback, in a folder that goes away with it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

PASSWORD = "of the tests"


def binaries() -> Path | None:
    """Find the folder with the server's programs: Debian keeps them off the PATH."""
    on_path = shutil.which("pg_ctl")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    return Path(on_path).parent if on_path else found[-1].parent if found else None


class Server:
    """A running server; `kill` ends it as a power cut would, `start` brings it up again on the same port.

    It listens on one `host`, for clients of the `network` around that (as PostgreSQL's pg_hba.conf writes it), and
    waits for the disk only where it is `durable`.
    """

    def __init__(
        self,
        folder: Path,
        programs: Path,
        host: str = "127.0.0.1",
        network: str = "127.0.0.1/32",
        *,
        durable: bool = False,
    ) -> None:
        self._durable = durable
        self._data = folder / "data"
        self._programs = programs
        self._host = host
        self.port = _free_port()
        secret = folder / "secret"
        secret.write_text(PASSWORD)
        _own(folder, secret)
        _as_server(
            [
                programs / "initdb",
                "-D",
                self._data,
                "-U",
                "overread",
                "-A",
                "scram-sha-256",
                f"--pwfile={secret}",
                "-E",
                "UTF8",
            ]
        )
        with (self._data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} scram-sha-256\n")
        self.start()

    @property
    def pid(self) -> int:
        """Give the process that started all others of the server."""
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses={self._host} -c unix_socket_directories={self._data}"
        # What is killed here is the server, never the machine: files need not reach the disk, and a start after a kill
        # need not wait for all of them to (a minute on a busy one, after which pg_ctl gives up).
        options += "" if self._durable else " -c fsync=off"
        log = self._data / "log"
        _as_server([self._programs / "pg_ctl", "-D", self._data, "-w", "-t", 300, "-l", log, "-o", options, "start"])

    def kill(self) -> None:
        _as_server([self._programs / "pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop"])

    def new_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._address(name)

    def _address(self, name: str) -> str:
        return f"postgresql://overread:{PASSWORD.replace(' ', '%20')}@{self._host}:{self.port}/{name}"


@contextmanager
def serving(host: str = "127.0.0.1", network: str = "127.0.0.1/32", *, durable: bool = False) -> Iterator[Server]:
    """Start a server and stop it at the end; a `durable` one waits for the disk, as a real one does."""
    programs = binaries()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="overread-postgres-") as folder:
        server = Server(Path(folder), programs, host, network, durable=durable)
        try:
            yield server
        finally:
            server.kill()


def _as_server(command: list[object]) -> None:
    """Run one of the server's programs; it refuses to run as root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", "postgres", "--", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _own(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, "postgres")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
