"""A batch in actors of Ray: each case once whoever dies, the same drafts as in one process, nothing open to others."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil
import pytest

from tests.needs import require

require("ray")

from overread.batch.discovery import discover
from overread.batch.runner import run_batch
from overread.batch.summary import Summary, lines_in
from overread.composition import open_room
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom
from overread.store.home import Home
from tests.batch.child import HANG, batch_on_ray, count_on_ray, go_on_here, told_room
from tests.batch.watching import ended, runs, states, wait_until
from tests.graphs import processes
from tests.graphs.rooms import settings

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
pytestmark = pytest.mark.slow


def listening(process: BaseProcess) -> set[str]:
    """Give the addresses at which a process and all that it started listen."""
    family = psutil.Process(process.pid).children(recursive=True)
    return {open_.laddr.ip for each in family for open_ in each.net_connections() if open_.status == "LISTEN"}


def drafts(room: ReadingRoom, out: Path) -> dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    """Give the sentences of each draft with what they cite; ids of cases, and of findings by them, are the store's."""
    found = {}
    for line in lines_in(out / "summary.jsonl"):
        draft = room.file(str(line.case_id)).draft
        assert draft is not None
        found[line.input] = tuple(
            (section, each.text, each.citations) for section, said in draft.sections.items() for each in said
        )
    return found


def test_an_actor_that_is_killed_loses_no_case(
    any_home: Home, tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    folder, out = films(3), tmp_path / "out"
    (any_home.root / HANG).touch()
    process = started(batch_on_ray, any_home.root, folder, out)
    wait_until(lambda: len(runs(any_home)) == 2)
    killed = int(runs(any_home)[0][0])
    os.kill(killed, signal.SIGKILL)
    (any_home.root / HANG).unlink()
    assert ended(process) == 0
    assert states(any_home) == {("done", 0): 2, ("done", 1): 1}
    finished = Counter(film for actor, film in runs(any_home) if int(actor) != killed)
    assert sorted(finished.values()) == [1, 1, 1]
    lines = lines_in(out / "summary.jsonl")
    assert sorted(line.input for line in lines) == [f"films/{number}.png" for number in range(3)]
    assert {line.status for line in lines} == {"awaiting_review"}


def test_a_signal_finishes_what_is_in_flight_and_resume_reads_the_rest_as_one_process_would(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    home, folder, out = Home(tmp_path / "home"), films(3), tmp_path / "out"
    (home.root / HANG).touch()
    process = started(batch_on_ray, home.root, folder, out, 1)
    wait_until(lambda: runs(home))
    assert listening(process) <= LOOPBACK
    os.kill(process.pid or 0, signal.SIGTERM)
    (home.root / HANG).unlink()
    assert ended(process) == 128 + signal.SIGTERM
    assert states(home) == {("done", 0): 1, ("waiting", 0): 2}
    assert processes.run(batch_on_ray, home.root, folder, out) == 0
    home.close()
    with (
        told_room(settings(tmp_path / "alone")) as alone,
        Summary(tmp_path / "here" / "summary.jsonl", resume=False) as summary,
    ):
        run_batch(alone, discover([folder]), tmp_path / "here", summary)
        expected = drafts(alone, tmp_path / "here")
    with told_room(settings(home.root)) as room:
        assert drafts(room, out) == expected
    assert len(set(expected.values())) == 3


def test_a_batch_that_was_killed_goes_on_without_ray_at_once(
    tmp_path: Path, films: Callable[[int], Path], started: Callable[..., BaseProcess]
) -> None:
    home, folder, out = Home(tmp_path / "home"), films(2), tmp_path / "out"
    (home.root / HANG).touch()
    process = started(batch_on_ray, home.root, folder, out, 1)
    wait_until(lambda: runs(home))
    family = psutil.Process(process.pid).children(recursive=True)
    for each in (psutil.Process(process.pid), *family):
        each.kill()
    process.join()
    (home.root / HANG).unlink()
    assert states(home)["leased", 0] == 1
    began = time.monotonic()
    assert processes.run(go_on_here, home.root, folder, out) == 0
    assert time.monotonic() - began < settings(home.root).reading.lease_seconds
    assert states(home) == {("done", 0): 1, ("done", 1): 1}
    home.close()


def test_what_models_are_asked_in_actors_is_counted(tmp_path: Path, films: Callable[[int], Path]) -> None:
    folder = films(2)
    assert processes.run(count_on_ray, tmp_path / "home", folder, tmp_path / "out") == 0
    counted = {line.input: line.model_calls for line in lines_in(tmp_path / "out" / "summary.jsonl")}
    spending = Spending()
    with (
        open_room(settings(tmp_path / "alone"), watching=[spending]) as room,
        Summary(tmp_path / "here" / "summary.jsonl", resume=False) as summary,
    ):
        run_batch(room, discover([folder]), tmp_path / "here", summary, spending=spending)
    here = {line.input: line.model_calls for line in lines_in(tmp_path / "here" / "summary.jsonl")}
    assert counted == here
    assert all(here.values())
