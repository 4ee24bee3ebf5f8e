"""Run the reader's child process: the parent's side of `overread.imaging.decoder_process`."""

import functools
import json
import os
import socket
import subprocess
import sys
import threading
import weakref
from pathlib import Path
from typing import Literal

from overread.errors import InputError
from overread.imaging.wire_format import REQUEST_FILE, Request
from overread.records import Record

Outcome = Literal["done", "crashed", "killed", "processor_time", "wall_time"]


class Ending(Record):
    """How a child ended and what it cost."""

    outcome: Outcome
    peak_kib: int
    cpu_seconds: float


class Sandbox:
    """A decoder process, started at the first read; safe to use from several threads."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with theirs:
            # -P keeps the working folder, which may be anybody's, off the module path
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "overread.imaging.decoder_process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = ours
        self.process_id = process.pid
        self.close = weakref.finalize(self, _stop, ours, process)

    def run(self, request: Request, scratch: Path) -> Ending:
        """Have a child read the request into `scratch`; raise `ConnectionError` when the decoder process is gone."""
        (scratch / REQUEST_FILE).write_text(request.model_dump_json(), encoding="utf-8")
        line = json.dumps({"scratch": str(scratch), "wall_seconds": request.limits.wall_seconds})
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                socket.send_fds(self._control, [b"r"], [theirs.fileno()])
            ours.sendall(line.encode() + b"\n")
            reply = ours.makefile("rb").readline()
        if not reply:
            raise ConnectionError("the reader process is gone")
        return Ending.model_validate_json(reply)


def _stop(control: socket.socket, process: "subprocess.Popen[bytes]") -> None:
    control.close()
    process.wait(timeout=10)


# Threads that start at once must share one decoder process: one that nobody keeps takes its scratch folders with it.
_ONE_AT_A_TIME = threading.Lock()


def sandbox_of(process_id: int) -> Sandbox:
    """Give this process's sandbox; a forked process gets one of its own."""
    with _ONE_AT_A_TIME:
        return _started(process_id)


@functools.cache
def _started(process_id: int) -> Sandbox:
    return Sandbox()


def prepare_reader() -> None:
    """Start the reader process without waiting for it, so that its imports run beside the caller's."""
    sandbox_of(os.getpid())


def run_in_sandbox(request: Request, scratch: Path) -> Ending:
    """Run a request, starting the decoder process anew when it was killed under us."""
    sandbox = sandbox_of(os.getpid())
    try:
        return sandbox.run(request, scratch)
    except (ConnectionError, BrokenPipeError):
        _forget(sandbox)
    try:
        return sandbox_of(os.getpid()).run(request, scratch)
    except (ConnectionError, BrokenPipeError) as error:
        raise InputError("the reader process cannot be started; run 'overread doctor'") from error


def _forget(gone: Sandbox) -> None:
    """Drop a sandbox whose decoder process is gone, unless another thread has put a new one in its place."""
    with _ONE_AT_A_TIME:
        if _started(os.getpid()) is gone:
            _started.cache_clear()
