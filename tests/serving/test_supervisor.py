"""A supervisor as `serve up` starts it, over the stand-in: what lives, what dies, what comes back, what stays."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from overread.errors import ServingError
from overread.serving import control, processes, state
from overread.serving.launch import Launch, Orders, Patience
from overread.serving.processes import Mark
from overread.serving.records import Server, ServingState
from overread.serving.status import read_status
from overread.settings import Settings
from tests.serving.conftest import free_port
from tests.serving.waiting import until

SOON = Patience(start=30, stop=5, pause=0.05, ask=0.2, hung=1.0)


def launch(environment: Path, port: int, *more: str, model: str = "one") -> Launch:
    address = ("--served-model-name", model, "--host", "127.0.0.1", "--port", str(port))
    return Launch(
        model=model,
        task="chat",
        weights_digest="0" * 64,
        url=f"http://127.0.0.1:{port}",
        port=port,
        argv=(str(environment / "bin" / "vllm"), "serve", "nowhere", *address, *more),
    )


def begin(home: Path, *launches: Launch, patience: Patience = SOON) -> Mark:
    orders = Orders(profile="test", launches=launches, patience=patience)
    control.write_orders(orders, Settings(home=home))
    return control.start(home)


def up(home: Path, *launches: Launch, patience: Patience = SOON) -> ServingState:
    return control.await_healthy(home, begin(home, *launches, patience=patience), lambda _: None)


def the_server(home: Path) -> Server:
    found = state.read(home)
    assert found is not None
    return found.servers[0]


def healthy_again(home: Path, before: Server) -> Server:
    def look() -> Server | None:
        now = the_server(home)
        return now if now.state == "healthy" and now.pid != before.pid else None

    return until(look, "the server to come back")


def session_of(server: Server) -> list[psutil.Process]:
    assert server.pid is not None
    return processes.session(processes.mark(server.pid))


@pytest.fixture
def server(home: Path, stand_in_environment: Path) -> Server:
    return up(home, launch(stand_in_environment, free_port())).servers[0]


def test_a_server_is_up_once_it_has_answered_with_its_key(home: Path, server: Server) -> None:
    assert (server.state, server.restarts, server.detail) == ("healthy", 0, "")
    found = state.server_of(home, "one")
    assert found == server
    assert state.server_of(home, "another") is None


def test_no_process_shows_the_key(home: Path, server: Server) -> None:
    key = state.key(Settings(home=home))
    assert key
    assert state.key_path(home).stat().st_mode & 0o077 == 0
    assert all(key not in word for process in session_of(server) for word in process.cmdline())
    assert key not in state.orders_path(home).read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_server_comes_back_and_leaves_no_process_of_its_old_life(
    home: Path, server: Server, number: signal.Signals
) -> None:
    old = session_of(server)
    assert len(old) == 2
    assert server.pid is not None
    os.kill(server.pid, number)
    now = healthy_again(home, server)
    assert now.restarts == 1
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in old)


def test_a_server_that_dies_says_why_in_its_restarts(home: Path, stand_in_environment: Path) -> None:
    # It waits for ever before it starts again, so that what it says then can be read.
    patience = SOON.model_copy(update={"pause": 600.0, "longest_pause": 600.0})
    server = up(home, launch(stand_in_environment, free_port()), patience=patience).servers[0]
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{server.url}/die")
    until(lambda: the_server(home).state == "restarting", "the restart")
    assert the_server(home).detail == "died, exit code 3: RuntimeError: asked to die"
    assert the_server(home).pid is None


def test_the_log_of_the_life_before_is_kept(home: Path, server: Server) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.post(f"{server.url}/die")
    healthy_again(home, server)
    assert "asked to die" in Path(f"{server.log}.1").read_text()
    assert "asked to die" not in Path(server.log).read_text()


def test_a_server_that_hangs_is_started_again(home: Path, server: Server) -> None:
    httpx.post(f"{server.url}/hang")
    healthy_again(home, server)


def test_a_server_that_dies_again_and_again_has_failed_and_the_others_live(
    home: Path, stand_in_environment: Path
) -> None:
    port = free_port(2)
    up(home, *(launch(stand_in_environment, port + step, model=name) for step, name in enumerate(("one", "two"))))

    def kill() -> bool:
        server = the_server(home)
        if server.state == "healthy" and server.pid is not None:
            with suppress(ProcessLookupError):  # killed already, and not seen yet
                os.kill(server.pid, signal.SIGKILL)
        return server.state == "failed"

    until(kill, "the failure")
    failed = the_server(home)
    assert failed.detail == "died, killed by SIGKILL"
    assert failed.restarts == 4
    assert state.server_of(home, "one") is None
    assert state.server_of(home, "two") is not None


def test_a_server_that_cannot_start_fails_with_the_reason_and_its_log(home: Path, stand_in_environment: Path) -> None:
    wrong = launch(stand_in_environment, free_port(), "--die-at-start", "no weights of that shape")
    with pytest.raises(ServingError, match=r"exit code 1: ValueError: no weights of that shape; its log is .*one.log"):
        up(home, wrong)


def test_a_server_that_is_never_healthy_fails(home: Path, stand_in_environment: Path) -> None:
    patience = SOON.model_copy(update={"start": 1.0})
    with pytest.raises(ServingError, match="was not healthy within 1 s"):
        up(home, launch(stand_in_environment, free_port(), "--never-healthy"), patience=patience)


def test_a_program_that_is_not_there_fails(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ServingError, match="could not be started"):
        up(home, launch(tmp_path / "nowhere", free_port()))


def test_down_leaves_no_process_and_no_record(home: Path, server: Server) -> None:
    found = state.read(home)
    assert found is not None
    everything = [*session_of(server), psutil.Process(found.supervisor_pid)]
    assert control.stop(home, 5.0) == 1
    assert not [process for process in everything if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert state.read(home) is None
    assert state.key(Settings(home=home)) is None
    assert Path(server.log).is_file()
    assert control.stop(home, 5.0) == 0


def kill_supervisor(home: Path) -> None:
    found = control.running(home)
    assert found is not None
    os.kill(found.supervisor_pid, signal.SIGKILL)
    until(lambda: control.running(home) is None, "the supervisor to be gone")


def test_servers_outlive_a_killed_supervisor_and_status_says_so(home: Path, server: Server) -> None:
    kill_supervisor(home)
    found = state.read(home)
    assert found is not None
    seen = read_status(home, found)
    assert (seen.supervisor, seen.healthy) == ("killed", False)
    assert seen.servers[0].answers


@pytest.mark.parametrize("leader_too", [False, True])
def test_what_a_killed_supervisor_left_is_ended(home: Path, server: Server, leader_too: bool) -> None:
    left = session_of(server)
    marks = processes.read(state.marks_path(home))
    assert marks is not None
    scratch = Path(marks.scratch["one"])
    assert scratch.is_dir()
    kill_supervisor(home)
    if leader_too:
        os.kill(marks.servers["one"].pid, signal.SIGKILL)
    assert control.stop(home, 5.0) == 1
    assert not [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert not scratch.exists()


def test_a_process_that_got_the_number_later_is_left_alone(home: Path, server: Server) -> None:
    marks = processes.read(state.marks_path(home))
    assert marks is not None
    older = {name: mark.model_copy(update={"created": mark.created - 3600}) for name, mark in marks.servers.items()}
    kill_supervisor(home)
    processes.write(state.marks_path(home), marks.model_copy(update={"servers": older}))
    assert control.stop(home, 5.0) == 0
    assert httpx.get(f"{server.url}/health").is_success
    processes.end(list(marks.servers.values()), 5.0)


def test_a_home_has_one_supervisor(home: Path, server: Server) -> None:
    first = control.running(home)
    second = control.start(home)
    with pytest.raises(ServingError, match="another supervisor keeps servers"):
        control.await_healthy(home, second, lambda _: None)
    assert control.running(home) == first
    assert first is not None


def test_status_reads_the_servers_own_figures(home: Path, server: Server) -> None:
    found = state.read(home)
    assert found is not None
    seen = read_status(home, found)
    assert seen.healthy
    (one,) = seen.servers
    assert (one.kv_cache, one.running, one.waiting) == (0.25, 2, 3)
    assert one.tokens_per_second is not None
    assert one.tokens_per_second > 0
    assert one.memory > 5_000_000
