"""Processes that read the cases of a batch beside its own.

The threads of one process share one interpreter, and about half of a case is not its models: on two cores a second
process reads a quarter more. Each process loads the models anew and takes its cases from the queue, as any worker does.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess

from overread.backends._threads import cores
from overread.batch.worker import Worker
from overread.composition import open_room
from overread.observing.logs import set_up
from overread.observing.spending import Spending
from overread.serving.hardware import gpus, memory
from overread.settings import Profile, Settings

SLOTS = 8
"""Cases in flight a core: while one waits for a model others go on, and what they ask of it is answered together.

The embedded language model takes 306 ms of the processor for one report alone, 136 each for four at once, 95 for eight,
69 for sixteen; a further case in flight takes 33 MiB.
"""
LEAST_SLOTS = 2
"""Cases in flight that are worth a process."""
CASES_EACH = 24
"""Cases in the batch for each process: to load the models takes as much of the processor as to read about eight."""
MEMORY_EACH = 2 * 2**30
"""Bytes of free memory for each process; the embedded models need one half."""
END_SECONDS = 300.0
"""How long a process may take to finish its cases in flight before it is killed; its leases then run out."""
AT_ONCE_SECONDS = 5.0
AGAIN_SECONDS = 0.2
"""Between two signals, so that they count as two."""
LOCAL = frozenset({"transformers", "open_clip", "torchxrayvision"})
"""Backends whose weights lie in the process that asks."""


def default_slots() -> int:
    """Give how many cases are read at once where nobody says: eight a core."""
    return SLOTS * cores()


def processes_for(cases: int, slots: int, profile: Profile) -> int:
    """Give how many processes read a batch of so many cases, `slots` in flight in all.

    One where models in the process compute on a GPU: a second set of weights there buys nothing.
    """
    if gpus() and any(spec.backend in LOCAL for spec in profile.roles.values()):
        return 1
    return max(1, min(cores(), slots // LEAST_SLOTS, cases // CASES_EACH, memory().free // MEMORY_EACH))


@contextmanager
def reading_along(settings: Settings, batch: str, slots: list[int]) -> Iterator[None]:
    """Have a process for each item of `slots` read so many cases of a batch at once, until the end of the block.

    At the end each finishes what it has in flight; where the block is interrupted each gives it back and ends at once.
    One whose parent died stops by itself.
    """
    # The port at which metrics are shown is the first process's.
    observing = settings.observing.model_copy(update={"metrics_port": None})
    theirs = settings.model_copy(update={"observing": observing})
    spawn = multiprocessing.get_context("spawn")  # torch and its threads do not survive a fork
    running = [spawn.Process(target=_read, args=(theirs, batch, each, os.getpid())) for each in slots]
    resource_tracker.ensure_running()  # to start it lets signals in again
    try:
        for process in running:
            with _held_back():
                process.start()
        yield
    except KeyboardInterrupt:
        _stop(running)
        time.sleep(AGAIN_SECONDS)
        _end(running, AT_ONCE_SECONDS)
        raise
    finally:
        _end(running, END_SECONDS)


@contextmanager
def _held_back() -> Iterator[None]:
    """Hold a Ctrl-C back during the block: a process that starts in it gets it when it can answer (`_read`)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stop(running: Sequence[BaseProcess]) -> None:
    for process in running:
        if process.pid is not None and process.is_alive():
            process.terminate()


def _end(running: Sequence[BaseProcess], seconds: float) -> None:
    _stop(running)
    for process in running:
        if process.pid is not None:
            process.join(seconds)
            process.kill()


def _read(settings: Settings, batch: str, slots: int, parent: int) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, partial(_ask, stop))
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        set_up(settings)
        spending = Spending()
        with open_room(settings, watching=[spending]) as room:
            worker = Worker(room, slots=slots, batch=batch, spending=spending)
            worker.run(stop, lambda: False, lambda: stop.set() if os.getppid() != parent else None)
    except KeyboardInterrupt:
        # As after a kill: threads may stand in a model for as long as it takes.
        os._exit(128 + signal.SIGINT)


def _ask(stop: threading.Event, *_: object) -> None:
    """Stop; at a second signal at once. The parent says what happens: both are sent the terminal's."""
    if stop.is_set():
        raise KeyboardInterrupt
    stop.set()
