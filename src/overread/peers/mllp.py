"""One message to a system that speaks HL7 v2 by MLLP, and its answer: one connection, one deadline, nothing logged."""

import asyncio
from importlib.util import find_spec

from overread.errors import PeerError, UsageError
from overread.peers.records import MllpNode
from overread.peers.tls import context_of

MOST_BYTES = 2**20
"""Of an answer."""


def exchange(peer: MllpNode, content: bytes) -> bytes:
    """Send a message and give what comes back.

    Raises `PeerError`: `not_reached` where nothing was sent, `no_answer` where it may have come through; `UsageError`
    without python-hl7. Not from inside an event loop.
    """
    if find_spec("hl7") is None:
        raise UsageError(f"'{peer.name}' speaks HL7 v2, which needs python-hl7: pip install 'overread[hl7]'")
    return asyncio.run(_exchange(peer, content))


def reach(peer: MllpNode) -> None:
    """Connect and say nothing: HL7 v2 has no question that changes nothing; raises as `exchange` does."""
    exchange(peer, b"")


async def _exchange(peer: MllpNode, content: bytes) -> bytes:
    from hl7.mllp import InvalidBlockError, open_hl7_connection

    said = f"'{peer.name}' ({peer.where})"
    tls = {"ssl": context_of(peer.tls, peer.name)} if peer.tls else {}
    try:
        async with asyncio.timeout(peer.seconds / 2):
            reader, writer = await open_hl7_connection(peer.host, peer.port, limit=MOST_BYTES, **tls)
    except (OSError, TimeoutError) as error:
        raise PeerError("not_reached", f"{said} is not reached: {type(error).__name__}") from None
    try:
        if not content:
            return b""
        async with asyncio.timeout(peer.seconds):
            writer.writeblock(content)
            await writer.drain()
            answer: bytes = await reader.readblock()
            return answer
    except (OSError, EOFError, TimeoutError) as error:
        raise PeerError("no_answer", f"{said} gave no answer: {type(error).__name__}") from None
    except (InvalidBlockError, ValueError):
        raise PeerError("bad_answer", f"{said} answers with no MLLP block") from None
    finally:
        writer.close()
        await asyncio.gather(asyncio.wait_for(writer.wait_closed(), peer.seconds), return_exceptions=True)
