"""A run that a signal stops in peace: what is in work is finished first."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from overread.cli.printing import note

STOPPED = 128
"""Exit code of a run that a signal stopped: this and the signal's number."""


class Stop:
    """A stop that was asked for by a signal; a second one ends at once."""

    def __init__(self, first: str) -> None:
        self.event = threading.Event()
        self.signal = 0
        self._first = first

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """Stop; the handler of the signals."""
        if self.event.is_set():
            raise KeyboardInterrupt
        self.signal = number
        self.event.set()
        note(f"stopping: {self._first}; once more to end at once")


@contextmanager
def stopping(first: str) -> Iterator[Stop]:
    """Catch SIGINT and SIGTERM; `first` says what is done before the end."""
    stop = Stop(first)
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ending_at_once() -> Iterator[None]:
    """End the process when it is interrupted, without waiting for threads: the store survives that as it does a kill.

    Stands inside of what the threads work with, so that nothing is closed under them.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(STOPPED + signal.SIGINT)
