"""Cases in flight in one process: those of its queue, and those that people wait for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Seats:
    """So many cases that people wait for at once; each takes a place of those that the queue's cases have."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._closed = False
        self._change = threading.Condition()

    @property
    def taken(self) -> int:
        """Count the cases that people wait for."""
        return self._taken

    @property
    def closed(self) -> bool:
        """Whether none is taken any more: the process is about to end."""
        return self._closed

    @contextmanager
    def one(self) -> Iterator[bool]:
        """Take a place for the block; False where there is none."""
        with self._change:
            free = not self._closed and self._taken < self.most
            self._taken += free
        try:
            yield free
        finally:
            with self._change:
                self._taken -= free
                self._change.notify_all()

    def close(self) -> None:
        """Let nobody in any more, and wait for those who are there."""
        with self._change:
            self._closed = True
            self._change.wait_for(lambda: not self._taken)
