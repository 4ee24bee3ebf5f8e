"""Listen for notifications of a FHIR R4 subscription: 200 says that what they tell of is in the store.

Who does not show the secret is not read. What cannot be kept now is answered 503, and its sender keeps it.
Source: https://hl7.org/fhir/R4/subscription.html, rest-hook: POST without a body, or the resource by POST or PUT.
"""

import asyncio
import hmac
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from overread.errors import PeerError, SettingsError, UsageError
from overread.receiving.report_desk import ReportDesk
from overread.receiving.report_polling import Polled
from overread.settings import ReportsPush

LOGGER = logging.getLogger(__name__)
DRAIN_SECONDS = 30


class ReportListener:
    """Answers notifications until it is stopped."""

    def __init__(
        self,
        desk: ReportDesk,
        settings: ReportsPush,
        *,
        listening: Callable[[int], None] = lambda port: None,
        taken: Callable[[Polled], None] = lambda polled: None,
    ) -> None:
        """Listen for `desk`; raises `SettingsError` without a secret, which nobody could show."""
        if settings.secret is None:
            raise SettingsError("setting 'reports_push.secret' is needed: OVERREAD_REPORTS_PUSH__SECRET")
        self._secret = f"Bearer {settings.secret.get_secret_value()}".encode()
        self._desk = desk
        self._settings = settings
        self._listening = listening
        self._told = taken

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set, or a signal ends it; raises `SettingsError` for an address in use."""
        settings = self._settings
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        try:
            bound = socket.create_server((settings.host, settings.port), family=family)
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise SettingsError(f"setting 'reports_push': {where} cannot be listened at: {error.strerror}") from None
        with bound:
            asyncio.run(self._serve(bound, stop))

    async def _serve(self, bound: socket.socket, stop: threading.Event) -> None:
        settings = self._settings
        places = [Route(path, self._notified, methods=["POST", "PUT"]) for path in ("/", "/DiagnosticReport/{id}")]
        # No access log: its addresses hold the ids of reports.
        config = uvicorn.Config(
            Starlette(routes=places),
            access_log=False,
            log_level="warning",
            log_config=None,
            lifespan="off",
            server_header=False,
            limit_concurrency=settings.connections,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        server = uvicorn.Server(config)
        serving = asyncio.ensure_future(server.serve(sockets=[bound]))
        stopping = asyncio.ensure_future(asyncio.to_thread(stop.wait))
        self._listening(bound.getsockname()[1])
        await asyncio.wait({serving, stopping}, return_when="FIRST_COMPLETED")
        server.should_exit = True
        stop.set()  # where a fault ended it, nothing waits on
        await serving

    async def _notified(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), self._secret):
            LOGGER.warning("a notification without the secret is refused")
            return Response(status_code=401, headers={"www-authenticate": "Bearer"})
        reading = asyncio.wait_for(self._body(request), self._settings.seconds)
        # As values: a fault of one notification is never the end of the rest, and its words may hold a patient's data.
        body: bytes | BaseException | None = (await asyncio.gather(reading, return_exceptions=True))[0]
        if body is None:
            return Response(status_code=413)
        if isinstance(body, BaseException):
            LOGGER.info("a notification ends: %s", type(body).__name__)
            return Response(status_code=400 if isinstance(body, ClientDisconnect) else 408)
        work = asyncio.to_thread(self._desk.take, body)
        return self._answer((await asyncio.gather(work, return_exceptions=True))[0])

    async def _body(self, request: Request) -> bytes | None:
        """Read a body; None for one that is too long."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._settings.body_bytes:
                return None
        return bytes(body)

    def _answer(self, done: Polled | BaseException) -> Response:
        if isinstance(done, Polled):
            self._told(done)
            return Response(status_code=200)
        if isinstance(done, UsageError):
            LOGGER.warning("a notification is refused: %s", done)
            return Response(status_code=400)
        words = str(done) if isinstance(done, PeerError) else type(done).__name__
        LOGGER.error("a notification is not taken, its sender keeps it: %s", words)
        return Response(status_code=503)
