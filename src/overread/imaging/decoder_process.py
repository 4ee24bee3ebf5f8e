"""Fork one child per read and end it at its limits: the program behind `Sandbox`, run as `python -m`.

It stays single-threaded with the decoders imported, so a fork costs milliseconds and inherits no lock. Requests arrive
as file descriptors over a socket inherited from the parent; each carries one JSON line and gets one back. When the
parent goes, so do the children and their scratch folders.
"""

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

LINE_LIMIT = 4096
OUTCOMES = {signal.SIGXCPU: "processor_time", signal.SIGKILL: "killed"}


@dataclass
class Child:
    """A forked child under way; `deadline` is in seconds of the monotonic clock."""

    pid: int
    alive: int
    """Reading end of a pipe that closes when the child is gone."""
    answer: socket.socket
    scratch: Path
    deadline: float
    late: bool = False


def main() -> None:
    """Serve the socket whose descriptor is the first argument; SIGINT is left to the parent."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _import_decoders()
    serve(control, at_once=max(2, os.cpu_count() or 2))


def _import_decoders() -> None:
    import jpeg_ls  # type: ignore[import-untyped]  # noqa: F401
    import libjpeg  # noqa: F401
    import numpy.ma  # noqa: F401
    import openjpeg  # noqa: F401
    import pydicom.pixels.decoders  # noqa: F401
    from PIL import Image

    import overread.imaging.extraction
    import overread.imaging.stored_extraction  # noqa: F401

    Image.preinit()


def serve(control: socket.socket, at_once: int) -> None:
    """Take requests until the parent closes its end."""
    children: list[Child] = []
    folders: set[Path] = set()
    while True:
        room = [control.fileno()] if len(children) < at_once else []
        wait = min((child.deadline - time.monotonic() for child in children), default=None)
        ready, _, _ = select.select([*room, *(child.alive for child in children)], [], [], _not_negative(wait))
        for child in [child for child in children if child.alive in ready]:
            _bury(child)
            children.remove(child)
        for child in children:
            if time.monotonic() >= child.deadline:
                child.late, child.deadline = True, time.monotonic() + 1
                os.kill(child.pid, signal.SIGKILL)
        if control.fileno() in ready:
            answer = _receive(control)
            if answer is None:
                _abandon(children, folders)
                return
            children.append(_start(answer, control, children))
            folders = {folder for folder in folders if folder.exists()} | {children[-1].scratch}


def _not_negative(seconds: float | None) -> float | None:
    return None if seconds is None else max(0.0, seconds)


def _receive(control: socket.socket) -> socket.socket | None:
    message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
    return socket.socket(fileno=descriptors[0]) if message and descriptors else None


def _start(answer: socket.socket, control: socket.socket, others: list[Child]) -> Child:
    request = json.loads(answer.makefile("rb").readline(LINE_LIMIT))
    scratch = Path(request["scratch"])
    alive, alive_in_child = os.pipe()
    pid = os.fork()
    if pid == 0:
        control.close()
        answer.close()
        os.close(alive)
        for other in others:
            other.answer.close()
            os.close(other.alive)
        _work(scratch)
    os.close(alive_in_child)
    return Child(pid, alive, answer, scratch, time.monotonic() + float(request["wall_seconds"]))


def _work(scratch: Path) -> NoReturn:
    """Read inside the limits; the exit code is all that is said here."""
    code = 1
    try:
        from overread.imaging.extraction import extract
        from overread.imaging.stored_extraction import extract_stored
        from overread.imaging.wire_format import REQUEST_FILE, Request

        request = Request.model_validate_json((scratch / REQUEST_FILE).read_bytes())
        limits = request.limits
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
        most = max(2 * limits.pixels, 2**24)  # the codes of one frame
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        (extract_stored if request.as_stored else extract)(request, scratch)
        code = 0
    finally:
        os._exit(code)


def _bury(child: Child) -> None:
    """Reap a child and tell the parent how it ended."""
    os.close(child.alive)
    _, status, usage = os.wait4(child.pid, 0)
    if os.WIFSIGNALED(status):
        outcome = "wall_time" if child.late else OUTCOMES.get(signal.Signals(os.WTERMSIG(status)), "crashed")
    else:
        outcome = "done" if os.WEXITSTATUS(status) == 0 else "crashed"
    reply = {"outcome": outcome, "peak_kib": usage.ru_maxrss, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    with contextlib.suppress(OSError):  # the thread that asked may be gone
        child.answer.sendall(json.dumps(reply).encode() + b"\n")
    child.answer.close()


def _abandon(children: list[Child], folders: set[Path]) -> None:
    """End every child and clear what a parent that was killed could not: pictures are a patient's data."""
    for child in children:
        os.kill(child.pid, signal.SIGKILL)
        os.waitpid(child.pid, 0)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            folder.parent.rmdir()


if __name__ == "__main__":
    main()
