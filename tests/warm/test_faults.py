"""Who reads for another dies, who asks goes away: nothing is lost, nothing done twice."""

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from overread.cli.boundary import run
from overread.store.home import Home
from overread.warm.sockets import connect, found, listening
from tests.batch.child import HANG, RUNS, classifier
from tests.batch.conftest import started
from tests.batch.watching import ended, wait_until
from tests.cli.conftest import Overread
from tests.graphs.rooms import scripted_tools
from tests.warm import child
from tests.warm.conftest import reading

__all__ = ["started"]


def test_a_reader_that_is_killed_in_the_middle_is_made_good_by_who_asked(
    overread: Overread, home: Path, phantom: Path, started: Callable[..., BaseProcess], tmp_path: Path
) -> None:
    home.mkdir()
    (home / HANG).touch()
    reader = started(child.read_for_others, home)
    wait_until(lambda: found(home))
    codes: list[int] = []
    asking = threading.Thread(target=lambda: codes.append(run(["read", str(phantom)])))
    asking.start()
    # Written, not only opened: what is killed in between has run and tells of no run.
    wait_until(lambda: (home / RUNS).exists() and bool((home / RUNS).read_text()))
    reader.kill()
    asking.join(200)
    assert codes == [0]
    (folder,) = (tmp_path / "out").iterdir()
    store = Home(home)
    (row,) = store.cases.rows()
    assert (row.case_id, row.status) == (folder.name, "awaiting_review")
    store.close()
    assert len((home / RUNS).read_text().splitlines()) == 1
    assert found(home) != []  # left by the kill
    with listening(home):
        assert len(found(home)) == 1
    assert all(connect(path) is None for path in found(home))


def test_who_asks_and_is_interrupted_stops_the_reading_there(
    overread: Overread, home: Path, phantom: Path, started: Callable[..., BaseProcess]
) -> None:
    home.mkdir()
    (home / HANG).touch()
    with reading(tools=scripted_tools(classification=classifier(home))) as seats:
        asking = started(child.ask, "read", str(phantom))
        wait_until((home / RUNS).exists)
        os.kill(asking.pid or 0, signal.SIGINT)
        assert ended(asking) == 130
        assert seats.taken == 1
        (home / HANG).unlink()
        wait_until(lambda: not seats.taken)
        (row,) = overread("review", "list", "--all", "--json").json
        assert row["status"] == "running"
        assert overread("read", phantom).code == 0
    (row,) = overread("review", "list", "--json").json
    assert row["status"] == "awaiting_review"
