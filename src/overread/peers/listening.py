"""Our own port for one DICOM node, open only while something of it is waited for.

It takes that node's title alone (and its certificate, with TLS), calls to our title alone, few associations at once,
and so many bytes on each.
"""

import errno
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from overread.errors import PeerError
from overread.peers.dimse import hush
from overread.peers.records import DicomNode
from overread.peers.tls import server_context_of

if TYPE_CHECKING:
    from pynetdicom.ae import ApplicationEntity
    from pynetdicom.events import Event
    from pynetdicom.events import EventHandlerType as EventHandler
    from pynetdicom.presentation import PresentationContext
    from pynetdicom.transport import ThreadedAssociationServer

MOST_ASSOCIATIONS = 2
MOST_PDU = 16384
GRACE_SECONDS = 5.0
"""How long a node may take to end an association once nothing more is waited for."""
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Door:
    """Where we listen and for whom."""

    host: str
    port: int
    most_bytes: int
    """Of all that comes in on one association."""
    caller: str | None = None
    """Title that calls us; None: the node's own."""
    patience: float = 0.0
    """Seconds for which a port is waited for that another process or thread of ours listens at."""


@contextmanager
def listening(
    node: DicomNode, door: Door, contexts: "Sequence[PresentationContext]", handlers: "Sequence[EventHandler]"
) -> Iterator[None]:
    """Listen during the block; raises `PeerError` (`unavailable`) where the port is not to be had."""
    from pynetdicom import AE, evt

    hush()
    entity = AE(node.our_ae_title)
    entity.maximum_associations, entity.maximum_pdu_size = MOST_ASSOCIATIONS, MOST_PDU
    entity.require_called_aet, entity.require_calling_aet = True, [door.caller or node.ae_title]
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = node.seconds
    entity.supported_contexts = list(contexts)
    server = _opened(node, door, entity, [*handlers, (evt.EVT_DATA_RECV, _Cap(door.most_bytes).count)])
    try:
        yield
    finally:
        server.shutdown()
        for link in server.active_associations:
            link.join(GRACE_SECONDS)
            if link.is_alive():
                link.abort()


def _opened(
    node: DicomNode, door: Door, entity: "ApplicationEntity", handlers: "Sequence[EventHandler]"
) -> "ThreadedAssociationServer":
    context = server_context_of(node.tls, node.name) if node.tls else None
    end = time.monotonic() + door.patience
    while True:
        try:
            server = entity.start_server(
                (door.host, door.port), block=False, ssl_context=context, evt_handlers=list(handlers)
            )
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < end:
                time.sleep(POLL_SECONDS)
                continue
            where = f"{door.host}:{door.port}"
            raise PeerError("unavailable", f"'{node.name}': we cannot listen at {where}: {error.strerror}") from None
        if server is None:
            raise AssertionError("only a server that blocks is none")
        return server


class _Cap:
    """Ends an association on which more comes in than can be meant."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._came: dict[int, int] = {}

    def count(self, event: "Event") -> None:
        """Count what came in."""
        key = id(event.assoc)
        self._came[key] = self._came.get(key, 0) + len(event.data)
        if self._came[key] > self._most:
            event.assoc.abort()
