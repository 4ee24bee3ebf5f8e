"""Answer together what several threads ask while a model is at work: no wait is added to gather more.

Whoever has waited longest when the model is free takes its own requests and what waits beside them, and answers all at
once; the others find their answers ready (the natural batching of a server's queue, in place of a window of time).
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from overread.errors import BackendError, Unavailable

AskedT = TypeVar("AskedT")
SaidT = TypeVar("SaidT")


class _Group(Generic[AskedT, SaidT]):
    """What one thread asks at once, and what came of it."""

    def __init__(self, requests: Sequence[AskedT], alike: Hashable) -> None:
        self.requests = requests
        self.alike = alike
        self.said: Sequence[SaidT] | None = None
        self.error: Exception | None = None

    @property
    def is_done(self) -> bool:
        return self.said is not None or self.error is not None


class Gathering(Generic[AskedT, SaidT]):
    """Gives groups of requests to `answer`, `most` requests at a time, in the order in which they came."""

    def __init__(
        self, name: str, seconds: float, most: int, answer: Callable[[Sequence[AskedT]], Sequence[SaidT]]
    ) -> None:
        self._name = name
        self._seconds = seconds
        self._most = most
        self._answer = answer
        self._waiting: deque[_Group[AskedT, SaidT]] = deque()
        self._busy = False
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Give how many groups wait for the model; what it works on does not wait."""
        return len(self._waiting)

    def ask(self, requests: Sequence[AskedT], alike: Hashable) -> Sequence[SaidT]:
        """Give an answer for each request; only groups of equal `alike` are put together, and none is taken apart.

        Raises `Unavailable` when the model is busy for longer than anybody waits, and what `answer` raises, in every
        thread whose requests were among them.
        """
        own = _Group[AskedT, SaidT](requests, alike)
        end = time.monotonic() + self._seconds
        with self._changed:
            self._waiting.append(own)
            while not own.is_done and (self._busy or self._waiting[0] is not own):
                left = end - time.monotonic() if own in self._waiting else None  # what is worked on ends by itself
                if not self._changed.wait(left) and own in self._waiting:
                    self._waiting.remove(own)
                    self._changed.notify_all()  # another may be the first now
                    raise Unavailable(f"model '{self._name}' was busy for {self._seconds:g} s; lower the load")
            groups = [] if own.is_done else self._taken(own)
        if groups:
            self._work(groups)
        if own.error is not None:
            raise own.error
        assert own.said is not None
        return own.said

    def _taken(self, own: _Group[AskedT, SaidT]) -> list[_Group[AskedT, SaidT]]:
        """Take one's own group and those that may go with it, the oldest first."""
        self._busy = True
        self._waiting.remove(own)
        groups, room = [own], self._most - len(own.requests)
        for other in list(self._waiting):
            if other.alike == own.alike and len(other.requests) <= room:
                self._waiting.remove(other)
                groups.append(other)
                room -= len(other.requests)
        return groups

    def _work(self, groups: Sequence[_Group[AskedT, SaidT]]) -> None:
        try:
            self._together(groups)
        finally:
            with self._changed:
                for group in groups:
                    if not group.is_done:
                        group.error = Unavailable(f"model '{self._name}' was stopped")
                self._busy = False
                self._changed.notify_all()

    def _together(self, groups: Sequence[_Group[AskedT, SaidT]]) -> None:
        """Answer groups as one; where that fails, each alone, so that what breaks the model costs only who asked it."""
        try:
            said = list(self._answer([request for group in groups for request in group.requests]))
        except (BackendError, RuntimeError, ValueError) as error:  # torch and transformers raise the latter two
            if len(groups) == 1:
                groups[0].error = error
                return
            for group in groups:
                self._together([group])
            return
        for group in groups:
            group.said, said = said[: len(group.requests)], said[len(group.requests) :]
