"""A store that is worked on is backed up, restored elsewhere, and gone on from: every case there, once."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest

from overread.reading_room import ReadingRoom
from overread.waiting import stranded
from scripts.back_up import back_up
from tests.graphs.rooms import put_case, scripted_room, sign_all
from tests.needs import require

if TYPE_CHECKING:
    from tests.postgres import Server


@contextmanager
def busy(room: ReadingRoom) -> Iterator[None]:
    """Read and sign case after case for as long as the backup takes, and a few before it."""
    stop, few = Event(), Event()

    def work() -> None:
        number = 10
        while not stop.is_set():
            case_id = put_case(room, number)
            room.decide(case_id, sign_all(room.read(case_id)))
            number += 1
            few.set()

    thread = Thread(target=work)
    thread.start()
    few.wait()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def goes_on(home: Path, waiting: str) -> None:
    """Open what was restored, finish what was being done, and sign what waits."""
    with scripted_room(home) as room:
        room.finish()
        room.recover()
        room.finish()
        assert list(stranded(room.runs.graph, room.store)) == []
        states = {row.case_id: row.status for row in room.store.rows()}
        assert states.pop(waiting) == "awaiting_review"
        assert len(states) >= 1
        assert set(states.values()) <= {"signed", "awaiting_review"}
        assert room.decide(waiting, sign_all(room.file(waiting))).status == "signed"
        assert room.home.pictures.get(room.file(waiting).case.study.images[0].pixels_digest).ndim == 2


def test_a_live_sqlite_store_is_backed_up_and_restored(tmp_path: Path) -> None:
    with scripted_room(tmp_path / "home") as room:
        waiting = put_case(room)
        room.read(waiting)
        with busy(room):
            back_up(tmp_path / "home", tmp_path / "copy")
    goes_on(tmp_path / "copy", waiting)


def test_a_live_postgres_store_is_dumped_and_restored(
    postgres: "Server", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = postgres.new_database(), postgres.new_database()
    monkeypatch.setenv("OVERREAD_DATABASE", first)
    with scripted_room(tmp_path / "home") as room:
        waiting = put_case(room)
        room.read(waiting)
        with busy(room):
            subprocess.run([program("pg_dump"), "-Fc", "-f", tmp_path / "dump", "-d", first], check=True)
            shutil.copytree(tmp_path / "home", tmp_path / "copy")
    subprocess.run([program("pg_restore"), "--no-owner", "-d", second, tmp_path / "dump"], check=True)
    monkeypatch.setenv("OVERREAD_DATABASE", second)
    goes_on(tmp_path / "copy", waiting)


def program(name: str) -> str:
    """Find one of PostgreSQL's programs: beside its server, else on the PATH."""
    from tests.postgres import binaries  # it needs the driver

    beside = (binaries() or Path()) / name
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        require("postgres", why_not=f"{name} is not here")
    return str(found)
