"""Of a closed case the last state of its run is kept, and that is enough for all that is done with it afterwards."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from overread.compacting import compact
from overread.composition import open_graph
from overread.reading_room import ReadingRoom
from overread.signing import Addition, Signer
from overread.store.home import Home
from tests.graphs.rooms import put_case, scripted_room, sign_all

KILLED = """
import os, signal, sqlite3, sys
from overread.compacting import _in_sqlite
connection = sqlite3.connect(sys.argv[1])
print(_in_sqlite(connection.cursor(), sys.argv[2]), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def kept(room: ReadingRoom, case_id: str) -> int:
    """Count the checkpoints of a case."""
    saver: Any = room.runs.graph.checkpointer
    return len(list(saver.list({"configurable": {"thread_id": case_id}})))


def rows(home: Home) -> dict[str, int]:
    """Count the rows of every table of LangGraph's."""
    if home.database.is_sqlite:
        with closing(sqlite3.connect(home.checkpoints)) as base:
            return {
                name: base.execute(f"select count(*) from {name}").fetchone()[0] for name in ("checkpoints", "writes")
            }
    with home.database.connect() as base:
        tables = ("checkpoints", "checkpoint_writes", "checkpoint_blobs")
        return {name: base.execute(sa.text(f"select count(*) from {name}")).scalar_one() for name in tables}


@pytest.mark.usefixtures("database_url")
def test_a_signed_case_keeps_its_last_state_and_goes_on_as_before(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        case_id, other = put_case(room, 1), put_case(room, 2)
        file, waits = room.read(case_id), room.read(other)
        before, beside = kept(room, case_id), kept(room, other)
        signed = room.decide(case_id, sign_all(file))
        assert before > 5
        assert (kept(room, case_id), kept(room, other)) == (1, beside)
        assert room.read(case_id) == signed
        added = room.follow(case_id, Addition(text="Seen again."), Signer(name="Dr A", at=room.services.clock()), None)
        assert added.newest is not None
        assert added.newest.version == 2
        assert room.decide(other, sign_all(waits)).status == "signed"
        state = room.runs.graph.get_state({"configurable": {"thread_id": case_id}})
        assert state.values["final"]
        assert state.tasks == ()


@pytest.mark.usefixtures("database_url")
def test_cases_closed_before_are_pruned_and_those_that_wait_are_not(tmp_path: Path) -> None:
    with scripted_room(tmp_path, compact_checkpoints="off") as room:
        signed, rejected, waits = (put_case(room, number) for number in (1, 2, 3))
        room.decide(signed, sign_all(room.read(signed)))
        room.decide(rejected, sign_all(room.read(rejected), decision="reject"))
        room.read(waits)
        full, before = kept(room, waits), rows(room.home)
        done = dict(room.prune())
        assert done.keys() == {signed, rejected}
        assert min(done.values()) > 5
        assert kept(room, signed) == kept(room, rejected) == 1
        assert kept(room, waits) == full
        after = rows(room.home)
        assert all(after[table] < before[table] for table in before)
        assert set(dict(room.prune()).values()) == {0}


def test_a_case_that_somebody_works_on_is_left_for_later(tmp_path: Path) -> None:
    with scripted_room(tmp_path, compact_checkpoints="off") as room:
        case_id = put_case(room)
        room.decide(case_id, sign_all(room.read(case_id)))
        with closing(Home(tmp_path)) as other, other.cases.hold(case_id):
            assert dict(room.prune()) == {}
        assert dict(room.prune()).keys() == {case_id}


def test_a_kill_in_the_middle_of_it_loses_nothing(tmp_path: Path) -> None:
    with scripted_room(tmp_path, compact_checkpoints="off") as room:
        case_id = put_case(room)
        file = room.decide(case_id, sign_all(room.read(case_id)))
    before = _rows_of(tmp_path)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "checkpoints.sqlite"), case_id]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, int(done.stdout) > 5) == (-signal.SIGKILL, True)
    assert _rows_of(tmp_path) == before
    with scripted_room(tmp_path) as room:
        assert kept(room, case_id) > 5
        assert room.read(case_id) == file  # and makes good what the kill prevented
        assert kept(room, case_id) == 1


def _rows_of(root: Path) -> dict[str, int]:
    with closing(Home(root)) as home:
        return rows(home)


@pytest.mark.usefixtures("database_url")
def test_a_reader_beside_it_always_finds_the_end(tmp_path: Path) -> None:
    with scripted_room(tmp_path, compact_checkpoints="off") as room:
        cases = [put_case(room, number) for number in (1, 2)]
        for case_id in cases:
            room.decide(case_id, sign_all(room.read(case_id)))
        stop, seen = Event(), list[bool]()

        def look() -> None:
            with open_graph(room.home) as graph:
                while not stop.is_set() or len(seen) < len(cases):
                    for case_id in cases:
                        seen.append(bool(graph.get_state({"configurable": {"thread_id": case_id}}).values["delivered"]))

        reader = Thread(target=look)
        reader.start()
        assert len(dict(room.prune())) == len(cases)
        stop.set()
        reader.join()
    assert len(seen) >= len(cases)
    assert all(seen)


def test_another_keeper_is_left_alone() -> None:
    assert compact(None, "c-1") == 0
