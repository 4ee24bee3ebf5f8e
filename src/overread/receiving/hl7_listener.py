"""Listen for HL7 v2 by MLLP: what is acknowledged is in the store, and what was not can be sent again.

Limits hold before anything is read: bytes of a message, open connections, seconds without a message.
Source of the protocol: HL7 v2 Implementation Guide, appendix C (MLLP); framing by python-hl7.
"""

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from overread.errors import MessageRefused, SettingsError, UsageError
from overread.hl7v2.answer import refused
from overread.hl7v2.header import Header
from overread.hl7v2.message import MISSING
from overread.hl7v2.refusal import INTERNAL
from overread.receiving.hl7_desk import Hl7Desk, Taken
from overread.settings import Hl7

if TYPE_CHECKING:
    from hl7.mllp import HL7StreamReader, HL7StreamWriter

LOGGER = logging.getLogger(__name__)
DRAIN_SECONDS = 30.0


class Hl7Listener:
    """Takes messages over MLLP until it is stopped."""

    def __init__(
        self,
        desk: Hl7Desk,
        settings: Hl7,
        *,
        listening: Callable[[int], None] = lambda port: None,
        taken: Callable[[Taken], None] = lambda taken: None,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._listening = listening
        self._told = taken
        self._open: set[asyncio.Task[None]] = set()

    def run(self, stop: threading.Event) -> None:
        """Listen until `stop` is set; what was begun is answered. Raises `SettingsError` for an address in use."""
        asyncio.run(self._serve(stop))

    async def _serve(self, stop: threading.Event) -> None:
        if find_spec("hl7") is None:
            raise UsageError(MISSING)
        from hl7.mllp import start_hl7_server

        settings, tls = self._settings, self._context()
        try:
            server = await start_hl7_server(
                self._connected, settings.host, settings.port, limit=settings.message_bytes, ssl=tls
            )
        except OSError as error:
            where = f"{settings.host}:{settings.port}"
            raise SettingsError(f"setting 'hl7': {where} cannot be listened at: {error.strerror}") from None
        self._stopping = asyncio.ensure_future(asyncio.to_thread(stop.wait))
        self._listening(server.sockets[0].getsockname()[1])
        await self._stopping
        server.close()
        await asyncio.gather(*self._open)
        await server.wait_closed()

    def _context(self) -> ssl.SSLContext | None:
        settings = self._settings
        if settings.tls_cert is None:
            return None
        try:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(settings.tls_cert, settings.tls_key)
            if settings.tls_clients is not None:
                context.load_verify_locations(settings.tls_clients)
                context.verify_mode = ssl.CERT_REQUIRED
        except (OSError, ssl.SSLError) as error:
            said = f"setting 'hl7': a file of its TLS cannot be used: {type(error).__name__}"
            raise SettingsError(said) from None
        return context

    async def _connected(self, reader: "HL7StreamReader", writer: "HL7StreamWriter") -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= self._settings.connections:
            LOGGER.warning("a connection is closed: there are %d", len(self._open))
            writer.close()
            return
        self._open.add(task)
        try:
            while not self._stopping.done() and await self._answered(reader, writer):
                pass
        finally:
            self._open.discard(task)
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    async def _answered(self, reader: "HL7StreamReader", writer: "HL7StreamWriter") -> bool:
        """Take one message and answer it; False where the connection is to be closed."""
        block = asyncio.ensure_future(reader.readblock())
        await asyncio.wait({block, self._stopping}, timeout=self._settings.idle_seconds, return_when="FIRST_COMPLETED")
        if not block.done():
            block.cancel()
        # As values: a fault of one connection is never the end of the rest, and its words may hold a patient's data.
        came: bytes | BaseException = (await asyncio.gather(block, return_exceptions=True))[0]
        if isinstance(came, ValueError):
            LOGGER.warning("a message of more than %d bytes is refused", self._settings.message_bytes)
            too_long = MessageRefused("AR", INTERNAL, f"more than {self._settings.message_bytes} bytes")
            return await self._send(writer, refused(Header(), too_long, self._desk.now)) and False
        if isinstance(came, BaseException):
            LOGGER.info("a connection ends: %s", type(came).__name__)
            return False
        work = asyncio.to_thread(self._desk.take, came)
        done: Taken | BaseException = (await asyncio.gather(work, return_exceptions=True))[0]
        if isinstance(done, BaseException):
            LOGGER.error("a message is not answered, its sender keeps it: %s", type(done).__name__)
            return False
        self._told(done)
        return await self._send(writer, done.answer)

    async def _send(self, writer: "HL7StreamWriter", answer: bytes) -> bool:
        writer.writeblock(answer)
        drained = asyncio.wait_for(writer.drain(), DRAIN_SECONDS)
        failed: BaseException | None = (await asyncio.gather(drained, return_exceptions=True))[0]
        return failed is None
