"""A circuit breaker: a server that is gone is left alone for a while, so that a case waits for it once.

Own code: pybreaker 1.4 awaits only under Tornado and holds a lock while it calls, so it would ask one question at a
time; purgatory has had no release since 2024.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from overread.errors import BackendError, Unavailable
from overread.ports import Circuit

STRIKES = 3
"""Failures in a row that open it."""
FIRST_REST = 5.0
LONGEST_REST = 60.0


class Faltered(Unavailable):
    """The server itself failed, not the question put to it."""

    def __init__(self, message: str, *, strikes: int, transient: bool = False, after: float | None = None) -> None:
        super().__init__(message)
        self.strikes = strikes
        """How much it says that the server is gone: 0 for one that is only busy, `STRIKES` for no sign of life."""
        self.transient = transient
        """Whether asking again may help."""
        self.after = after
        """Seconds that the server asks to wait."""


class Breaker:
    """Closed, it lets everything through. Open, it refuses until its rest is over, then lets one request try.

    The trial closes it, or opens it for twice as long. Belongs to one event loop.
    """

    def __init__(
        self,
        first_rest: float = FIRST_REST,
        longest_rest: float = LONGEST_REST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first, self._longest, self._clock = first_rest, longest_rest, clock
        self._strikes = 0
        self._rest = 0.0
        self._until: float | None = None
        self._trying = False
        self._reason = ""

    @property
    def state(self) -> Circuit:
        """Give the state as it is now, to any thread."""
        until = self._until
        if until is None:
            return "closed"
        return "open" if self._clock() < until else "half_open"

    @contextmanager
    def watch(self) -> Iterator[bool]:
        """Watch one request and learn from how it ends; gives whether it is the trial.

        Raises `Unavailable` at once while the breaker is open.
        """
        trial = self._admit()
        try:
            yield trial
        except Faltered as error:
            self._count(error, trial)
            raise
        except BackendError:
            self._close()  # the server answered, if not as it should
            raise
        else:
            self._close()
        finally:
            self._trying = self._trying and not trial

    def _admit(self) -> bool:
        if self._until is None:
            return False
        left = self._until - self._clock()
        if left > 0 or self._trying:
            raise Unavailable(f"{self._reason} (not asked again for {max(left, 1):.0f} s)")
        self._trying = True
        return True

    def _count(self, error: Faltered, trial: bool) -> None:
        self._strikes += error.strikes
        if self._strikes >= STRIKES and (trial or self._until is None):
            self._rest = min(max(2 * self._rest, self._first), self._longest)
            self._until = self._clock() + self._rest
            self._reason = str(error)

    def _close(self) -> None:
        self._strikes, self._rest, self._until = 0, 0.0, None
