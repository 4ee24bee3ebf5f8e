"""kill -9 at each step, several watchers at once, a database that goes away: nothing lost, nobody told twice."""

import signal
import threading
import time as real_time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from overread.store.home import Home
from tests.escalation.child import POINTS, look, look_often
from tests.escalation.climbs import RAISED, Sent, Time, put_alert, states, watcher
from tests.graphs import processes

if TYPE_CHECKING:
    from tests.postgres import Server

RUNGS = {(0, "anna"), (10, "bob"), (10, "carl")}


def lines(told: Path) -> list[str]:
    return told.read_text().split() if told.exists() else []


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_step_loses_nothing_and_tells_nobody_twice(
    any_home: Home, database_url: str | None, tmp_path: Path, point: str
) -> None:
    put_alert(any_home)
    told = tmp_path / "told"
    assert processes.run(look, any_home.root, database_url, point, told, 10) == -signal.SIGKILL
    for _ in range(2):
        assert processes.run(look, any_home.root, database_url, point, told, 10) == 0
    sent = lines(told)
    assert len(set(sent)) == len(sent)
    found = states(any_home)
    assert set(found) == RUNGS
    for (step, who), state in found.items():
        # Each was told and is known to be, or is shown as one that may not have been.
        assert state in ("sent", "uncertain"), (who, state)
        assert state == "uncertain" or f"a-1/{step}/hook/{who}" in sent
    interrupted = point in ("after claim", "before send", "after send", "before settle")
    assert ("uncertain" in found.values()) >= interrupted
    if point in ("before add", "after add", "before claim"):
        assert set(found.values()) == {"sent"}
        assert len(sent) == 3


def test_several_processes_at_once_tell_everybody_once(
    any_home: Home, database_url: str | None, tmp_path: Path
) -> None:
    for number in range(1, 9):
        put_alert(any_home, number)
    told = tmp_path / "told"
    started = [processes.start(look_often, any_home.root, database_url, told, 10, 15) for _ in range(3)]
    for process in started:
        process.join(processes.SECONDS)
    assert [process.exitcode for process in started] == [0, 0, 0]
    sent = lines(told)
    assert len(sent) == len(set(sent)) == 24
    assert all(set(states(any_home, number).values()) == {"sent"} for number in range(1, 9))


@pytest.fixture
def away(postgres: "Server", tmp_path: Path) -> Any:
    """Give a store on a PostgreSQL server that the test kills and starts, and its URL."""
    url = postgres.new_database()
    home = Home(tmp_path / "home", url)
    yield home, url
    home.close()


def test_a_database_that_dies_while_a_notice_is_sent_hears_of_it_when_it_is_back(
    away: tuple[Home, str], postgres: "Server"
) -> None:
    home, _ = away
    put_alert(home, category=2)
    time, sent = Time(), Sent(lambda _: postgres.kill())
    watching = watcher(home, time, sent)
    with pytest.raises(sa.exc.OperationalError):
        watching.look()
    postgres.start()
    sent.fails = lambda _: None
    watching.look()
    assert sent.told == ["a-1/0/hook/reader"]
    assert states(home) == {(0, "reader"): "sent"}


def test_another_watcher_that_is_first_after_the_restart_does_not_send_it_again(
    away: tuple[Home, str], postgres: "Server", tmp_path: Path
) -> None:
    home, url = away
    put_alert(home, category=2)
    time, sent = Time(), Sent(lambda _: postgres.kill())
    watching = watcher(home, time, sent)
    with pytest.raises(sa.exc.OperationalError):
        watching.look()
    postgres.start()
    told = tmp_path / "told"
    assert processes.run(look, home.root, url, "", told, 0) == 0
    assert lines(told) == []
    assert states(home) == {(0, "reader"): "uncertain"}
    watching.look()
    assert states(home) == {(0, "reader"): "sent"}


def test_a_watch_goes_on_after_the_database_was_away(away: tuple[Home, str], postgres: "Server") -> None:
    home, _ = away
    put_alert(home, 1)
    sent, stop = Sent(), threading.Event()
    watching = watcher(home, Time(), sent)
    thread = threading.Thread(target=watching.watch, args=(stop, 0.02))
    thread.start()
    try:
        wait_for(lambda: len(sent.told) == 1)
        postgres.kill()
        real_time.sleep(0.3)  # it looks in vain
        assert thread.is_alive()
        postgres.start()
        put_alert(home, 2)
        wait_for(lambda: len(sent.told) == 2)
    finally:
        stop.set()
        thread.join(60)
    assert sorted(sent.told) == ["a-1/0/hook/anna", "a-2/0/hook/anna"]


def test_a_kill_of_all_that_was_known_in_memory_changes_no_minute(any_home: Home) -> None:
    put_alert(any_home)
    sent = Sent()
    for minute in range(21):
        # Another process each time: the ladder is worked out from the store alone.
        watcher(any_home, Time(RAISED + timedelta(minutes=minute)), sent).look()
    assert len(sent.told) == len(set(sent.told)) == 7
    assert set(states(any_home).values()) == {"sent"}


def wait_for(true: Any) -> None:
    deadline = real_time.monotonic() + 60
    while not true() and real_time.monotonic() < deadline:
        real_time.sleep(0.02)
    assert true()
