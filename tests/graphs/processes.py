"""Child processes that start warm: forked from a server that imported the graph once."""

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any

SECONDS = 120.0

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.graphs.child", "tests.graphs.signer"])


def _work(environment: dict[str, str], work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    os.environ.clear()  # the server keeps what was set when an earlier test started it: a database of that test's
    os.environ.update(environment)
    work(*arguments)


def start(work: Callable[..., None], *arguments: Any) -> BaseProcess:
    process = _context.Process(target=_work, args=(dict(os.environ), work, arguments))
    process.start()
    return process


def run(work: Callable[..., None], *arguments: Any) -> int:
    """Run to the end and give the exit code, negative for the signal that killed it."""
    process = start(work, *arguments)
    process.join(SECONDS)
    if process.exitcode is None:
        process.kill()
        raise TimeoutError(f"a child process did not end within {SECONDS:g} s")
    return process.exitcode
