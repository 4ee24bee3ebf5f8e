"""A listener in a thread of this process, and a sender as reporting systems are, of python-hl7."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from overread.receiving.hl7_desk import Hl7Desk
from overread.receiving.hl7_listener import Hl7Listener
from overread.settings import Hl7


@contextmanager
def listening(desk: Hl7Desk, **settings: Any) -> Iterator[int]:
    """Listen at a free port, which is given."""
    ports: list[int] = []
    stop, ready = threading.Event(), threading.Event()

    def listens(port: int) -> None:
        ports.append(port)
        ready.set()

    listener = Hl7Listener(desk, Hl7(port=0, **settings), listening=listens)
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    ready.wait(10)
    try:
        yield ports[0]
    finally:
        stop.set()
        thread.join()


def sent(port: int, contents: Sequence[bytes], raw: bytes | None = None) -> list[bytes]:
    """Send messages over one connection and give the answers, up to where the connection was closed."""
    return asyncio.run(_sent(port, contents, raw))


async def _sent(port: int, contents: Sequence[bytes], raw: bytes | None) -> list[bytes]:
    from hl7.mllp import open_hl7_connection

    reader, writer = await open_hl7_connection("127.0.0.1", port)
    answers = []
    try:
        for content in contents or [b""]:
            if raw is not None:
                writer.write(raw)
            else:
                writer.writeblock(content)
            await writer.drain()
            answers.append(await asyncio.wait_for(reader.readblock(), 30))
    except (EOFError, OSError):
        pass
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return answers
