"""Read cases for processes that have no models: the side of the worker, and of the page."""

import logging
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from pydantic import ValidationError

from overread.settings import Settings
from overread.warm.fingerprint import fingerprint
from overread.warm.seats import Seats
from overread.warm.sockets import is_own, listening
from overread.warm.wire import (
    LONGEST,
    Alive,
    Answer,
    Done,
    Failed,
    No,
    Request,
    Said,
    Shown,
    Taken,
    Told,
    line_of,
)

LOGGER = logging.getLogger(__name__)
REQUEST_SECONDS = 5.0
ALIVE_SECONDS = 2.0
SEND_SECONDS = 30.0
"""For so long an asker may take nothing in before it counts as gone."""
Tell = Callable[[Said | Shown], None]
Read = Callable[[Request, Tell], Told]
"""Reads a case and gives what the command ends with. What `tell` raises ends the reading."""


class HungUp(BaseException):
    """Who asked is gone: reading stops, as at Ctrl-C, and the case keeps what it had."""


@contextmanager
def answering(
    settings: Settings, read: Read, seats: Seats, alone: Callable[[], bool] = lambda: False
) -> Iterator[None]:
    """Read for others during the block, in threads; at its end those in work are finished.

    `alone` says that what is in work must have nothing beside it. Where no socket can be had this process works on
    without: reading elsewhere is slower, no less.
    """
    if settings.reading.warm == "off":
        yield
        return
    desk = _Desk(fingerprint(settings), read, seats, alone)
    with ExitStack() as stack:
        try:
            listener = stack.enter_context(listening(settings.home))
        except OSError as error:
            LOGGER.warning("cases of 'overread read' are not read here: %s", type(error).__name__)
        else:
            threading.Thread(target=desk.serve, args=(listener,), name="readers", daemon=True).start()
            stack.callback(seats.close)
        yield


class _Desk:
    def __init__(self, known: str, read: Read, seats: Seats, alone: Callable[[], bool]) -> None:
        self._known = known
        self._read = read
        self._seats = seats
        self._alone = alone
        self._readers = ThreadPoolExecutor(max(1, seats.most), thread_name_prefix="asked case")

    def serve(self, listener: socket.socket) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), name="reader", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            if not is_own(connection):
                return
            request = _request(connection)
            if request is None:
                return
            line = _Line(connection)
            with self._seats.one() as free:
                why = self._refusal(request, free=free)
                if not line.send(Taken() if why is None else why) or why is not None:
                    return
                with line.kept():
                    line.send(self._outcome(request, line))

    def _refusal(self, request: Request, *, free: bool) -> No | None:
        if request.fingerprint != self._known:
            return No(why="other_settings")
        if not free or self._alone():
            return No(why="stopping" if self._seats.closed else "busy")
        return None if all(place.is_here() for place in request.places) else No(why="out_of_reach")

    def _outcome(self, request: Request, line: "_Line") -> Answer:
        reading = self._readers.submit(self._read, request, line.tell)
        error = reading.exception()
        if error is None:
            return Done(told=reading.result())
        LOGGER.warning("a case that 'overread read' asked for stopped with %s", type(error).__name__)
        return Failed(error=type(error).__name__)


class _Line:
    """A connection that says what is new, and that this process lives, until the other end is gone."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._connection.settimeout(SEND_SECONDS)
        self._sending = threading.Lock()
        self._over = threading.Event()
        self._gone = False

    def send(self, message: Answer) -> bool:
        """Send; False where nobody is there any more."""
        with self._sending:
            try:
                self._connection.sendall(line_of(message))
            except OSError:
                self._gone = True
        return not self._gone

    def tell(self, message: Said | Shown) -> None:
        """Send; raises `HungUp` where nobody is there any more."""
        if self._gone or not self.send(message):
            raise HungUp

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Say that this process lives, and watch for the other end to go, during the block."""
        watcher = threading.Thread(target=self._watch, name="line", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()

    def _watch(self) -> None:
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(self._connection, selectors.EVENT_READ)
                while not self._over.is_set() and not self._gone:
                    # An asker says nothing more: what can be read is its end.
                    if ready.select(ALIVE_SECONDS):
                        self._gone = True
                    elif not self._over.is_set():
                        self.send(Alive())
        except (OSError, ValueError):
            return  # closed here meanwhile


def _request(connection: socket.socket) -> Request | None:
    """Read a request; None for anything else, or for none in time."""
    connection.settimeout(REQUEST_SECONDS)
    try:
        line = connection.makefile("rb").readline(LONGEST)
        return Request.model_validate_json(line)
    except (OSError, ValidationError):
        return None
