"""The server itself: a thread for each connection, on a free port of this machine."""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from overread.backends.scripted import ScriptedChat, ScriptedEmbedding
from overread.errors import BackendError
from overread.ports import ChatBackend, EmbeddingBackend
from overread.testing.model_server._answers import chat_request, completion, embeddings
from overread.testing.model_server._faults import Fault, misbehave, spoilt


@dataclass(frozen=True)
class Received:
    """One request as it came in."""

    path: str
    body: dict[str, Any]
    authorization: str | None = field(repr=False)


class ModelServer:
    """Answers `/v1/chat/completions` and `/v1/embeddings` from backends, scripted ones unless others are given.

    A context manager: it serves inside, and at the end every connection is closed, hanging ones too.
    """

    def __init__(
        self,
        chat: ChatBackend | None = None,
        embedding: EmbeddingBackend | None = None,
        *,
        port: int = 0,
        key: str | None = None,
        dimension: int | None = None,
    ) -> None:
        self.chat = chat or ScriptedChat({"": {"answer": "no"}})
        self.embedding = embedding or ScriptedEmbedding()
        self.seconds = 0.0
        """Latency of every answer."""
        self.dimension = dimension
        """Length that embeddings are repeated to; None leaves them."""
        self.retry_after = "0"
        """The Retry-After header of the fault `busy`."""
        self.requests: list[Received] = []
        self.most_at_once = self._under_way = 0
        """Most requests that were under way together."""
        self._key = key
        self._orders: tuple[Fault | None, int | None] = (None, None)
        self._lock = threading.Condition()
        self._stopped = threading.Event()
        self._http = _Http(("127.0.0.1", port), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        return self._http.server_port

    def misbehave(self, fault: Fault | None, times: int | None = None) -> None:
        """From now on go wrong in one way, for the next `times` requests or until told otherwise."""
        with self._lock:
            self._orders = fault, times

    def serve(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._http.serve_forever(poll_interval=0.02)

    def stop(self) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.close_all()

    def __enter__(self) -> "ModelServer":
        threading.Thread(target=self.serve, name="model-server-double", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner._get(self)

            def do_POST(self) -> None:
                owner._post(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        return Handler

    def _get(self, handler: BaseHTTPRequestHandler) -> None:
        known = handler.path in ("/health", "/v1/models")
        _send(handler, 200 if known else 404, json.dumps({"object": "list", "data": []}).encode())

    def _post(self, handler: BaseHTTPRequestHandler) -> None:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        authorization = handler.headers.get("Authorization")
        fault = self._begin(Received(handler.path, body, authorization))
        try:
            if self._key is not None and authorization != f"Bearer {self._key}":
                fault = "unauthorised"
            self._stopped.wait(self.seconds)
            if fault is None or not misbehave(fault, handler, self._stopped, self.retry_after):
                _send(handler, *self._answer(handler.path, body, fault))
        finally:
            with self._lock:
                self._under_way -= 1
                self._lock.notify_all()

    def wait_until_idle(self, seconds: float = 10.0) -> bool:
        """Wait until no request is under way; False when one still is: its client has not gone away."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._under_way, seconds)

    def _begin(self, received: Received) -> Fault | None:
        with self._lock:
            self.requests.append(received)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            fault, times = self._orders
            if times is None:
                return fault
            self._orders = fault, max(0, times - 1)
            return fault if times else None

    def _answer(self, path: str, body: dict[str, Any], fault: Fault | None) -> tuple[int, bytes]:
        routes: dict[str, Callable[[], dict[str, object]]] = {
            "/v1/chat/completions": lambda: completion(body, self.chat.ask(chat_request(body))),
            "/v1/embeddings": lambda: embeddings(body, self.embedding, self.dimension),
        }
        if path not in routes:
            return 404, b"{}"
        try:
            answer = routes[path]()
        except BackendError:
            return 500, b"{}"
        return 200, json.dumps(answer).encode() if fault is None else spoilt(fault, answer)


class _Http(ThreadingHTTPServer):
    """Knows its open connections, so that they can be closed under a client that waits."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here."""

    def close_all(self) -> None:
        self.server_close()
        for connection in tuple(self._open):
            # Its own thread may close it at this moment.
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _send(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
