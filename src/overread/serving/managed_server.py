"""Keeps one server up: starts it, waits for its first answer, watches it, and starts it again when it dies."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from overread.serving import health_check, processes
from overread.serving.exit_reason import exit_reason
from overread.serving.launch import Launch, Patience
from overread.serving.processes import Mark
from overread.serving.records import Server

QUICK_DEATHS = 5
"""Quick deaths in a row after which a server has failed for good."""
FIRST_DEATHS = 2
"""The same for a server that was never healthy: its arguments or its weights are wrong, and no more tries mend them."""
LOOK = 0.25
DROPPED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")

Tell = Callable[[Server], None]
Note = Callable[[str, Mark, str], None]
Turn = Callable[[], AbstractContextManager[Any]]


def pause(quick: int, patience: Patience) -> float:
    """Give the seconds to wait after so many quick deaths in a row: 1, 2, 4 … at most 60."""
    return min(patience.pause * 2.0 ** (quick - 1), patience.longest_pause)


class ManagedServer:
    """One server, in a thread of its own."""

    def __init__(
        self, launch: Launch, patience: Patience, logs: Path, key: str, stop: threading.Event, tell: Tell, note: Note
    ) -> None:
        self._launch, self._patience, self._key = launch, patience, key
        self._stop, self._tell, self._note = stop, tell, note
        self._log = logs / f"{launch.model}.log"
        self._healthy_since: float | None = None
        self._ever_healthy = False
        self.server = Server(
            model=launch.model,
            url=launch.url,
            port=launch.port,
            pid=None,
            state="starting",
            weights_digest=launch.weights_digest,
            log=str(self._log),
        )

    def run(self, turn: Turn) -> None:
        """Keep the server up until the stop, or until it has failed for good; `turn` is held while it starts."""
        quick = 0
        while not self._stop.is_set():
            reason = self._live(turn)
            if self._stop.is_set():
                return
            quick = 1 if self._was_steady() else quick + 1
            if quick >= (QUICK_DEATHS if self._ever_healthy else FIRST_DEATHS):
                self._say(state="failed", pid=None, detail=reason)
                return
            self._say(state="restarting", pid=None, detail=reason, restarts=self.server.restarts + 1)
            self._stop.wait(pause(quick, self._patience))

    def _live(self, turn: Turn) -> str:
        """Run the server once, from its start to its end; gives why it ended."""
        self._healthy_since = None
        scratch = tempfile.mkdtemp(prefix="overread-")  # short: sockets in it have paths of at most 107 bytes
        try:
            with turn():
                process = self._spawn(scratch)
                fault = self._wait_for_answer(process)
            return self._end(process, fault or self._watch(process))
        except OSError as error:
            return f"could not be started: {error}"
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _spawn(self, scratch: str) -> subprocess.Popen[bytes]:
        keep_previous(self._log)
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                self._launch.argv,
                env=variables(self._launch, self._key, scratch, os.environ),
                cwd=scratch,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._mark = processes.mark(process.pid)
        self._note(self._launch.model, self._mark, scratch)
        self._say(state="starting", pid=process.pid, started=datetime.now(UTC))
        return process

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> str:
        """Wait for its health and one real answer; gives what went wrong, or nothing."""
        end = time.monotonic() + self._patience.start
        while not health_check.healthy(self._launch.url):
            if process.poll() is not None or self._stop.wait(LOOK):
                return "ended before it answered"
            if time.monotonic() > end:
                return f"was not healthy within {self._patience.start:g} s"
        fault = health_check.warm_up(self._launch, self._key, max(end - time.monotonic(), self._patience.ask))
        if not fault and process.poll() is None:
            self._ever_healthy = True
            self._healthy_since = time.monotonic()
            self._say(state="healthy", detail="")
        return fault

    def _watch(self, process: subprocess.Popen[bytes]) -> str:
        """Return when the server has died, hangs, or must stop; gives which it was."""
        answered = asked = time.monotonic()
        while process.poll() is None and not self._stop.wait(LOOK):
            if time.monotonic() - asked < self._patience.ask:
                continue
            if health_check.healthy(self._launch.url, self._patience.ask):
                answered = time.monotonic()
            elif time.monotonic() - answered > self._patience.hung:
                return f"gave no answer for {self._patience.hung:g} s"
            asked = time.monotonic()
        return "died"

    def _end(self, process: subprocess.Popen[bytes], fault: str) -> str:
        """End what is left of the server's session and say in one line why it ended."""
        code = process.poll()
        processes.end([self._mark], self._patience.stop if code is None else 0.0)
        process.wait()
        if code is None or code < 0:  # its log does not know why
            return fault if code is None else f"{fault}, killed by {signal.Signals(-code).name}"
        words = exit_reason(self._log)
        return f"{fault}, exit code {code}{f': {words}' if words else ''}"

    def _was_steady(self) -> bool:
        return self._healthy_since is not None and time.monotonic() - self._healthy_since > self._patience.steady

    def _say(self, **changes: Any) -> None:
        self.server = self.server.model_copy(update=changes)
        self._tell(self.server)


def variables(launch: Launch, key: str, scratch: str, base: Mapping[str, str]) -> dict[str, str]:
    """Give a server's variables: the supervisor's, what the launch adds, and the key, which `ps` must not show."""
    kept = {name: value for name, value in base.items() if name not in DROPPED}
    threads = {name: kept[name] for name in ("OMP_NUM_THREADS",) if name in kept}
    return {**kept, **launch.environment, **threads, "TMPDIR": scratch, "VLLM_API_KEY": key}


def keep_previous(log: Path) -> None:
    """Make room for a new log and keep the one before it."""
    if log.is_file():
        log.replace(log.with_name(f"{log.name}.1"))
