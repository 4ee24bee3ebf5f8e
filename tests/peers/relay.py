"""A relay on the loopback that cuts one transfer in the middle, and lets something happen just then."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal

Cut = Literal["object", "answer"]
"""Inside of what is sent, or after all of it arrived and before its answer comes back."""
CHUNK = 1024


class Relay:
    """Passes connections on to a port; `sent` says of which one, by its first bytes, the transfer is."""

    def __init__(self, port: int, cut: Cut, after: int, sent: bytes, then: Callable[[], None]) -> None:
        self._port = port
        self._cut = cut
        self._after = after
        self._sent = sent
        self._then = then
        self._one = threading.Lock()
        self.was_cut = False
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listening.getsockname()[1])

    def run(self) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self._port))
        except OSError:
            client.close()
            return
        came = bytearray()
        back = threading.Thread(target=self._pass, args=(server, client, came, False), daemon=True)
        back.start()
        self._pass(client, server, came, True)
        back.join()
        client.close()
        server.close()

    def _pass(self, source: socket.socket, target: socket.socket, came: bytearray, forth: bool) -> None:
        """Pass one direction on until it ends; `came` is all that the client sent."""
        try:
            while chunk := source.recv(CHUNK):
                if forth:
                    came += chunk
                if self._is_now(bytes(came), forth):
                    self._end(source, target)
                    return
                target.sendall(chunk)
        except OSError:
            pass
        _shut(target)

    def _is_now(self, came: bytes, forth: bool) -> bool:
        """Say whether this is the moment, which comes once."""
        inside = came.startswith(self._sent) and len(came) > self._after
        with self._one:
            if self.was_cut or not inside or forth != (self._cut == "object"):
                return False
            self.was_cut = True
        return True

    def _end(self, *ends: socket.socket) -> None:
        self._then()
        for end in ends:
            _shut(end)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(port: int, cut: Cut, *, after: int, sent: bytes, then: Callable[[], None]) -> Iterator[Relay]:
    """Relay to a port, and cut once where `sent` begins a connection and more than `after` bytes of it came."""
    between = Relay(port, cut, after, sent, then)
    thread = threading.Thread(target=between.run)
    thread.start()
    try:
        yield between
    finally:
        between.listening.shutdown(socket.SHUT_RDWR)
        between.listening.close()
        thread.join()
