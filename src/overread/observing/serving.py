"""Metrics at a port of their own, for a process without a page."""

import hmac
import logging
import socketserver
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from pydantic import SecretStr

from overread.settings import Observing

LOGGER = logging.getLogger(__name__)
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def shows_token(authorization: str | None, token: SecretStr | None) -> bool:
    """Tell whether an Authorization header holds the token, in a time that does not depend on where it differs."""
    if token is None or authorization is None:
        return False
    return hmac.compare_digest(authorization.encode(), f"Bearer {token.get_secret_value()}".encode())


@contextmanager
def metrics_server(wanted: Observing, registry: CollectorRegistry) -> Iterator[int | None]:
    """Serve a registry at `/metrics` until the end; gives the port.

    A port that another process has costs a line in the log, not the work; it then gives None.
    """
    app = guarded(make_wsgi_app(registry), wanted.metrics_token)
    try:
        server = make_server(wanted.metrics_host, wanted.metrics_port or 0, app, _Server, handler_class=_Quiet)
    except OSError as error:
        where = f"{wanted.metrics_host}:{wanted.metrics_port}"
        LOGGER.warning("no metrics of this process at %s (%s): give each its own port", where, error.strerror)
        yield None
        return
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def guarded(app: Wsgi, token: SecretStr | None) -> Wsgi:
    """Answer GET /metrics, to those alone who show the token where there is one."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if token is not None and not shows_token(environ.get("HTTP_AUTHORIZATION"), token):
            start("401 Unauthorized", [("Content-Type", "text/plain"), ("WWW-Authenticate", "Bearer")])
            return [b"The token is missing or wrong.\n"]
        if environ.get("PATH_INFO") != "/metrics" or environ.get("REQUEST_METHOD") != "GET":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"There is nothing here.\n"]
        return app(environ, start)

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Bind, without asking a name server what this machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Quiet(WSGIRequestHandler):
    """No access log."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""
