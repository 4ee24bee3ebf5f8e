"""The process that keeps a profile's servers up: `python -m overread.serving.supervisor HOME`, begun by `serve up`."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from overread.errors import ServingError
from overread.serving import processes, state
from overread.serving.launch import Launch, Orders
from overread.serving.managed_server import ManagedServer
from overread.serving.processes import Mark, Marks
from overread.serving.records import Server, ServingState

LOOK = 0.2
Changed = Callable[[Server], None]


class Supervisor:
    """The servers of one profile; what it knows is on disk at every change."""

    def __init__(self, home: Path, orders: Orders, changed: Changed | None = None) -> None:
        self._home, self._orders, self._changed = home, orders, changed
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._marks = Marks(supervisor=processes.mark(os.getpid()), servers={})
        self._turns = {index: threading.Lock() for launch in orders.launches for index in launch.devices}
        key = state.key_path(home).read_text(encoding="utf-8")
        self._managed = [
            ManagedServer(launch, orders.patience, state.logs(home), key, self._stop, self._tell, self._note)
            for launch in orders.launches
        ]
        self._servers = {managed.server.model: managed.server for managed in self._managed}

    def run(self, *, until_failed: bool = False) -> Server | None:
        """Keep the servers up until a signal; with `until_failed` also until one has failed for good: that is given.

        Raises `ServingError` when another supervisor keeps servers in this home.
        """
        state.logs(self._home).mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)
        with self._only_one():
            processes.write(state.marks_path(self._home), self._marks)
            self._write()
            try:
                return self._keep(until_failed)
            finally:
                state.forget(self._home)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        try:
            with FileLock(state.folder(self._home) / "supervisor.lock", timeout=0):
                yield
        except Timeout:
            raise ServingError(
                f"another supervisor keeps servers in {self._home}; stop it first: overread serve down"
            ) from None

    def _keep(self, until_failed: bool) -> Server | None:
        with ThreadPoolExecutor(len(self._managed)) as pool:
            launches = zip(self._managed, self._orders.launches, strict=True)
            running = [pool.submit(managed.run, partial(self._turn, launch)) for managed, launch in launches]
            try:
                return self._wait(running, until_failed)
            finally:
                self._stop.set()
                processes.end(list(self._marks.servers.values()), self._orders.patience.stop)

    def _wait(self, running: Sequence[Future[None]], until_failed: bool) -> Server | None:
        """Wait for the stop; what a managed raises is raised here, so that nothing dies in silence."""
        while not self._stop.wait(LOOK):
            for future in running:
                if future.done():
                    future.result()
            failed = next((server for server in self._servers.values() if server.state == "failed"), None)
            if until_failed and failed:
                return failed
        return None

    @contextmanager
    def _turn(self, launch: Launch) -> Iterator[None]:
        """Hold the GPUs of a server while it starts: vLLM measures their free memory, and no other may change it."""
        with ExitStack() as held:
            for index in sorted(launch.devices):
                held.enter_context(self._turns[index])
            yield

    def _tell(self, server: Server) -> None:
        with self._lock:
            self._servers[server.model] = server
            self._write()
        if self._changed:
            self._changed(server)

    def _note(self, model: str, mark: Mark, scratch: str) -> None:
        with self._lock:
            self._marks = Marks(
                supervisor=self._marks.supervisor,
                servers={**self._marks.servers, model: mark},
                scratch={**self._marks.scratch, model: scratch},
            )
            processes.write(state.marks_path(self._home), self._marks)

    def _write(self) -> None:
        servers = tuple(self._servers.values())
        state.write(self._home, ServingState(profile=self._orders.profile, supervisor_pid=os.getpid(), servers=servers))

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()


def main(home: Path) -> None:
    """Do what the orders in `home` say until SIGTERM."""
    orders = Orders.model_validate_json(state.orders_path(home).read_bytes())
    Supervisor(home, orders, changed=_print).run()


def _print(server: Server) -> None:
    sys.stderr.write(f"{server.model} {server.state} pid={server.pid} restarts={server.restarts} {server.detail}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
