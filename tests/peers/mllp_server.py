"""A reporting system on the loopback, of python-hl7's own server: it keeps what it gets and answers as a test says."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from overread.hl7v2.header import header_of

Respond = Callable[[bytes], bytes | None]


def acknowledge(code: str = "AA", *, control_id: str | None = None, error: str = "") -> Respond:
    """Answer with a code; the words name a patient, as those of some systems do."""

    def respond(content: bytes) -> bytes:
        named = header_of(content).control_id if control_id is None else control_id
        fault = f"ERR|||{error}^BERG^HL70357|E\r" if error else ""
        return f"MSH|^~\\&|RIS|HOSP|||20250601||ACK|A1|P|2.5.1\rMSA|{code}|{named}|BERG\r{fault}".encode()

    return respond


@dataclass
class ReportingSystem:
    """What came, in its order."""

    port: int = 0
    got: list[bytes] = field(default_factory=list)


@contextmanager
def reporting_system(respond: Respond) -> Iterator[ReportingSystem]:
    """Serve; an answer of None closes the connection."""
    from hl7.mllp import start_hl7_server

    system, ready, loop = ReportingSystem(), threading.Event(), asyncio.new_event_loop()
    end, conversations, writers = asyncio.Event(), set[asyncio.Task[None]](), set[Any]()

    async def converse(reader, writer) -> None:  # type: ignore[no-untyped-def]
        try:
            content = await reader.readblock()
            system.got.append(content)
            if (answer := respond(content)) is not None:
                writer.writeblock(answer)
                await writer.drain()
        except EOFError:
            pass
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    def connected(reader, writer) -> None:  # type: ignore[no-untyped-def]
        writers.add(writer)
        conversations.add(asyncio.create_task(converse(reader, writer)))

    async def serve() -> None:
        server = await start_hl7_server(connected, "127.0.0.1", 0)
        system.port = server.sockets[0].getsockname()[1]
        ready.set()
        await end.wait()
        # A connection that is being taken becomes a conversation first: closing under it leaks its socket.
        while taking := asyncio.all_tasks() - conversations - {asyncio.current_task()}:
            await asyncio.gather(*taking, return_exceptions=True)
        server.close()
        for conversation in conversations:
            # A sender that is gone may leave one that reads: its socket is closed with it, not by the collector later.
            conversation.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)
        for writer in writers:
            writer.close()  # one whose conversation was cancelled before its first step closed nothing
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait(10)
    try:
        yield system
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
