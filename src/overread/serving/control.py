"""Starts a supervisor, waits for its servers, and stops it; cleans up after one that was killed."""

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from overread.errors import ServingError, ServingRefused
from overread.serving import processes, state
from overread.serving.exit_reason import exit_reason
from overread.serving.launch import Orders
from overread.serving.managed_server import keep_previous
from overread.serving.processes import Mark
from overread.serving.records import Server, ServingState
from overread.settings import Settings
from overread.store.files import write_whole

LOOK = 0.2
MARGIN = 10.0
"""Seconds that a supervisor may need beside the time that its servers may take to end."""

Changed = Callable[[Server], None]


def supervisor_log(home: Path) -> Path:
    """Give the file that takes what a supervisor prints."""
    return state.logs(home) / "supervisor.log"


def running(home: Path) -> ServingState | None:
    """Give the state of a supervisor that lives; None when there is none, or when it was killed."""
    marks = processes.read(state.marks_path(home))
    return state.read(home) if marks and processes.alive(marks.supervisor) else None


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Keep a second `serve up` or `serve down` of the same home out; raises `ServingRefused`."""
    state.folder(home).mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(state.folder(home) / "lock", timeout=0):
            yield
    except Timeout:
        raise ServingRefused(
            f"another 'overread serve' is at work on {home}; wait for it, then look at 'overread serve status'"
        ) from None


def require_free(host: str, ports: range) -> None:
    """Raise `ServingRefused` when a port is taken, before anything starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in ports:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # as the server: a port that just closed is free
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as error:
                raise ServingRefused(f"{host} port {port} cannot be used ({error}); choose others: --port N") from None


def write_orders(orders: Orders, settings: Settings) -> None:
    """Write what a supervisor is told, and the key of its servers."""
    state.make_key(settings)
    write_whole(state.orders_path(settings.home), orders.model_dump_json(indent=1).encode())


def start(home: Path) -> Mark:
    """Start the supervisor in a session of its own; it outlives this process."""
    log = supervisor_log(home)
    log.parent.mkdir(parents=True, exist_ok=True)
    keep_previous(log)
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    # Not subprocess: its object would wait for, or warn of, a child that is meant to stay.
    argv = [sys.executable, "-m", "overread.serving.supervisor", str(home.absolute())]
    return processes.mark(os.posix_spawn(sys.executable, argv, os.environ, file_actions=files, setsid=True))


def await_healthy(home: Path, supervisor: Mark, changed: Changed) -> ServingState:
    """Wait until every server has answered; raise `ServingError` with the reason and the log when one failed."""
    seen: dict[str, Server] = {}
    while processes.alive(supervisor):
        found = state.read(home)
        if found and found.supervisor_pid == supervisor.pid:
            for server in found.servers:
                if seen.get(server.model) != server:
                    seen[server.model] = server
                    changed(server)
            _raise_failed(found)
            if all(server.state == "healthy" for server in found.servers):
                return found
        time.sleep(LOOK)
    log = supervisor_log(home)
    raise ServingError(f"the supervisor ended before its servers answered: {exit_reason(log)}; its log is {log}")


def stop(home: Path, grace: float) -> int:
    """Stop the supervisor and its servers, or what a killed supervisor left; gives how many servers ended."""
    marks = processes.read(state.marks_path(home))
    if marks is None:
        state.forget(home)
        return 0
    count = sum(bool(processes.session(leader)) for leader in marks.servers.values())
    if processes.alive(marks.supervisor):
        _terminate(marks.supervisor, grace + MARGIN)
        marks = processes.read(state.marks_path(home)) or marks
    processes.end(list(marks.servers.values()), grace)
    for scratch in marks.scratch.values():
        shutil.rmtree(scratch, ignore_errors=True)
    state.forget(home)
    return count


def failure(server: Server) -> str:
    """Say in one line why a server has failed for good, and where more is written."""
    return f"'{server.model}' cannot be served: {server.detail}; its log is {server.log}"


def _raise_failed(found: ServingState) -> None:
    for server in found.servers:
        if server.state == "failed":
            raise ServingError(failure(server))


def _terminate(supervisor: Mark, seconds: float) -> None:
    try:
        process = psutil.Process(supervisor.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(seconds)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        process.kill()
