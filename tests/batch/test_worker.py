"""Workers in processes of their own: each case is settled once, whoever dies, stands still or is told to stop."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from overread.batch.discovery import discover
from overread.batch.reading import line_of_aside
from overread.batch.runner import run_batch
from overread.batch.summary import Summary
from overread.batch.worker import Worker
from overread.errors import UsageError
from overread.settings import Reading
from overread.store.home import Home
from overread.testing.doubles import ScriptedTool
from tests.batch.child import HANG, POISON, batch, serve, work
from tests.batch.conftest import SIDE
from tests.batch.watching import BATCH, ended, put, runs, states, wait_until
from tests.graphs import processes
from tests.graphs.rooms import scripted_room, scripted_tools

if TYPE_CHECKING:
    from tests.postgres import Server

SHORT, LONG = Reading(lease_seconds=1.0), Reading(lease_seconds=120.0, deaths=2)


def test_a_worker_that_is_killed_loses_its_cases_to_others(
    any_home: Home, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    put(any_home, films(3))
    (any_home.root / HANG).touch()
    dead = started(work, any_home.root, SHORT, 2)
    wait_until(lambda: len(runs(any_home)) == 2)
    dead.kill()
    dead.join()
    (any_home.root / HANG).unlink()
    time.sleep(SHORT.lease_seconds + 0.1)
    pair = [started(work, any_home.root, LONG, 2) for _ in range(2)]
    assert [ended(process) for process in pair] == [0, 0]
    assert states(any_home) == {("done", 0): 1, ("done", 1): 2}
    assert [row.status for row in any_home.cases.rows()] == ["awaiting_review"] * 3
    again = Counter(film for process, film in runs(any_home) if int(process) != dead.pid)
    assert sorted(again.values()) == [1, 1, 1]


def test_a_case_that_kills_its_process_is_set_aside_and_the_others_are_read(
    tmp_path: Path, films: Callable[[int], Path]
) -> None:
    home = Home(tmp_path / "home")
    put(home, films(2))
    (home.root / POISON).write_text(str(SIDE))
    for name in ("first", "second"):
        assert processes.run(work, home.root, LONG, 2, name) == -signal.SIGKILL
        home.reading_queue.reap(LONG.deaths, holder=name)
    assert processes.run(work, home.root, LONG, 2) == 0
    assert states(home) == {("aside", 2): 1, ("done", 1): 1}
    aside = next(settled for settled in home.reading_queue.untold(BATCH) if settled.reason == "worker_died")
    line = line_of_aside(aside)
    assert (line.input, line.status) == ("films/0.png", "failed")
    assert line.error == "set aside: each of 2 workers died that read it"
    home.close()


def test_a_first_signal_finishes_what_is_in_flight_and_begins_no_other(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    home = Home(tmp_path / "home")
    put(home, films(2))
    (home.root / HANG).touch()
    process = started(serve, home.root)
    wait_until(lambda: runs(home))
    os.kill(process.pid or 0, signal.SIGTERM)
    (home.root / HANG).unlink()
    assert ended(process) == 128 + signal.SIGTERM
    assert states(home) == {("done", 0): 1, ("waiting", 0): 1}
    home.close()


def test_a_second_signal_gives_the_cases_back_and_ends_at_once(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    home = Home(tmp_path / "home")
    put(home, films(1))
    (home.root / HANG).touch()
    process = started(serve, home.root)
    wait_until(lambda: runs(home))
    os.kill(process.pid or 0, signal.SIGTERM)
    os.kill(process.pid or 0, signal.SIGINT)
    assert ended(process) == 128 + signal.SIGINT
    assert states(home) == {("waiting", 0): 1}
    home.close()


def test_a_batch_tells_of_what_other_workers_read(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    with scripted_room(tmp_path / "home") as room, Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary:
        process = started(serve, room.home.root)
        totals = run_batch(room, discover([films(1)]), tmp_path / "out", summary, workers=0)
        assert totals.by_status == {"awaiting_review": 1}
        (line,) = summary.lines
        assert (tmp_path / "out" / str(line.case_id) / "case.json").is_file()
        os.kill(process.pid or 0, signal.SIGTERM)
        assert ended(process) == 128 + signal.SIGTERM


def test_a_batch_that_is_killed_goes_on_at_once_where_it_stood(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    home, folder, out = Home(tmp_path / "home"), films(3), tmp_path / "out"
    (home.root / HANG).touch()
    killed = started(batch, home.root, folder, out)
    wait_until(lambda: len(runs(home)) == 2)
    killed.kill()
    killed.join()
    with scripted_room(home.root) as room, Summary(out / "summary.jsonl", resume=True) as summary:
        run_batch(room, discover([folder]), out, summary)
        assert sorted(line.input for line in summary.lines) == [f"films/{number}.png" for number in range(3)]
        assert {line.status for line in summary.lines} == {"awaiting_review"}
    assert states(home) == {("done", 1): 2, ("done", 0): 1}
    home.close()


class Faltering(ScriptedTool):
    """Meets a fault of the operating system in the first times that it is asked."""

    times = 0

    def accepts(self, study: object) -> None:
        self.times -= 1
        if self.times >= 0:
            raise TimeoutError("DOE^JANE")


@pytest.mark.parametrize(
    ("times", "status", "error"),
    [(2, "awaiting_review", None), (99, "failed", "set aside after 3 tries: stopped with TimeoutError")],
)
def test_a_fault_that_passes_is_tried_again_and_not_for_ever(
    tmp_path: Path, films: Callable[[int], Path], times: int, status: str, error: str | None
) -> None:
    tool = Faltering("classification")
    tool.times = times
    quick = Reading(retry_seconds=0.01)
    with (
        scripted_room(tmp_path / "home", scripted_tools(classification=tool), reading=quick) as room,
        Summary(tmp_path / "out" / "summary.jsonl", resume=False) as summary,
    ):
        run_batch(room, discover([films(1)]), tmp_path / "out", summary)
        assert [(line.status, line.error) for line in summary.lines] == [(status, error)]


def test_a_lease_that_was_lost_settles_nothing(tmp_path: Path, films: Callable[[int], Path]) -> None:
    tool = ScriptedTool("classification", lambda work: taken_over() or [])
    with scripted_room(tmp_path / "home", scripted_tools(classification=tool), reading=LONG) as room:
        queue = room.home.reading_queue

        def taken_over() -> None:
            queue.reap(9, holder="slow")
            assert queue.claim("quick", 600.0) is not None

        put(room.home, films(1))
        told: list[str] = []
        worker = Worker(room, holder="slow", told=lambda case, line: told.append(case))
        worker.run(threading.Event(), lambda: worker.lost > 0)
        assert (worker.lost, told) == (1, [])
        assert states(room.home) == {("leased", 1): 1}


def test_a_database_that_is_killed_and_comes_back_loses_no_case(
    postgres: "Server",
    tmp_path: Path,
    films: Callable[[int], Path],
    started: Callable[..., BaseProcess],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = postgres.new_database()
    monkeypatch.setenv("OVERREAD_DATABASE", url)
    home = Home(tmp_path / "home", url)
    put(home, films(2))
    (home.root / HANG).touch()
    process = started(work, home.root, Reading(lease_seconds=120.0, retry_seconds=0.1), 1)
    wait_until(lambda: runs(home))
    postgres.kill()
    (home.root / HANG).unlink()
    time.sleep(0.5)
    postgres.start()
    assert ended(process) == 0
    assert states(home) == {("done", 0): 2}
    assert [row.status for row in home.cases.rows()] == ["awaiting_review"] * 2
    home.close()


def test_two_processes_do_not_write_one_summary(tmp_path: Path) -> None:
    with Summary(tmp_path / "summary.jsonl", resume=False), pytest.raises(UsageError, match="another process"):
        Summary(tmp_path / "summary.jsonl", resume=True)
