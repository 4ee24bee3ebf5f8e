"""Images of a DICOM node by C-MOVE: we ask, and it sends them to our title over associations of its own (PS3.4 C.4.2).

While a study is fetched we listen at our port, for that node alone. An image is known by the SOP Instance UID that the
request to store it names: what was not asked for is refused, before anything of it is read.
"""

import logging
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from overread.archives._dimse_images import Images, classes_of, identifier, image_contexts
from overread.archives.archive import Writer
from overread.errors import PeerError, Unreadable
from overread.peers.dimse import associated
from overread.peers.listening import Door, listening
from overread.peers.records import DicomNode, Move

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.events import Event

LOGGER = logging.getLogger(__name__)
MOVE = "1.2.840.10008.5.1.4.1.2.2.2"
"""Study Root Query/Retrieve, MOVE."""
PENDING, SUCCESS, CANCELLED, SOME_FAILED = 0xFF00, 0x0000, 0xFE00, 0xB000
NO_MATCHES, NO_SUBOPERATIONS, UNKNOWN_DESTINATION = 0xA701, 0xA702, 0xA801
NOT_ASKED_FOR, OUT_OF_RESOURCES, CANNOT = 0x0124, 0xA700, 0xC000
"""What we answer to C-STORE (PS3.4 B.2.3; 0124 is "not authorised", PS3.7 C.5.25)."""
ASKED = 1
"""Number of our one request on its association."""
CANCEL_SECONDS = 10.0
"""How long a node may take to end what was cancelled."""


class Counted(NamedTuple):
    """How a node counts what it sent (PS3.7 9.1.4)."""

    failed: int
    warned: int

    @staticmethod
    def of(status: Any) -> "Counted":
        """Read an answer; what it does not say is none."""
        failed, warned = (status.get(f"NumberOf{word}Suboperations") or 0 for word in ("Failed", "Warning"))
        return Counted(int(failed), int(warned))


class _Inbox:
    """Takes what was asked for, once, whichever association it comes on; refuses all else."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = threading.Lock()
        self._expected: set[str] = set()
        self._came: set[str] = set()
        self.refused = 0
        self.beyond: Unreadable | None = None
        """What was more than the limits allow."""

    @property
    def missing(self) -> int:
        """Count the images that were asked for and have not come."""
        with self._lock:
            return len(self._expected)

    def expect(self, sop_instance_uids: Collection[str]) -> None:
        """Take these from now on."""
        with self._lock:
            self._expected = set(sop_instance_uids) - self._came

    def take(self, event: "Event") -> int:
        """Answer a request to store an image."""
        request: Any = event.request
        uid = str(request.AffectedSOPInstanceUID)
        with self._lock:
            if uid in self._came:
                return SUCCESS  # sent again: our answer was lost
            if uid not in self._expected or self.beyond is not None:
                self.refused += 1
                return NOT_ASKED_FOR if self.beyond is None else OUT_OF_RESOURCES
            try:
                self._writer.add(event.encoded_dataset())
            except Unreadable as error:
                self.beyond = error
                return OUT_OF_RESOURCES
            except OSError:
                return CANNOT
            self._expected.discard(uid)
            self._came.add(uid)
            return SUCCESS


class _Stop:
    """Tells a node to stop (C-CANCEL) once its time is up, and waits no longer than a little for its last word."""

    def __init__(self, link: "Association", end: float) -> None:
        self._link = link
        self._end = end
        self._lock = threading.Lock()
        self._told = False
        self._timer = threading.Timer(max(end - monotonic(), 0.0), self.now)
        self._timer.daemon = True

    def __enter__(self) -> None:
        self.wait_on()
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def now(self) -> None:
        """Tell it, once; a link that is gone needs no telling."""
        with self._lock:
            if not self._told and self._link.is_established:
                self._told, self._end = True, min(self._end, monotonic())
                self._link.send_c_cancel(ASKED, query_model=MOVE)

    def wait_on(self) -> None:
        """Wait for the next word until the end: a node need not say any before it has sent all (PS3.4 C.4.2.1.6)."""
        self._link.dimse_timeout = self._link.network_timeout = max(self._end + CANCEL_SECONDS - monotonic(), 0.1)


def fetch_moved(
    node: DicomNode, move: Move, wanted: Sequence[tuple[Mapping[str, str], Images]], writer: Writer
) -> None:
    """Have a node send series, each named by its keys and its images' UIDs and classes, and write what comes.

    Raises `PeerError` where it does not send all of it in time, `Unreadable` for more than the limits allow.
    """
    inbox, end = _Inbox(writer), monotonic() + move.seconds
    with _door(node, move, classes_of(each for _, images in wanted for each in images.values()), inbox, writer):
        for keys, images in wanted:
            if not images:
                raise PeerError("bad_answer", f"{_said(node)} names no image of a series; C-MOVE needs their UIDs")
            inbox.expect(images.keys())
            code, counted = _asked(node, move, keys, inbox, end)
            if inbox.beyond is not None:
                raise inbox.beyond
            if code != SUCCESS or inbox.missing:
                raise _fault(node, move, code, counted, inbox, len(images))
            if counted.warned:
                LOGGER.warning("%s sent %d images with a warning", node.where, counted.warned)


@contextmanager
def _door(node: DicomNode, move: Move, classes: Sequence[str], inbox: _Inbox, writer: Writer) -> Iterator[None]:
    from pynetdicom import evt

    door = Door(move.host, move.port, writer.most_bytes, move.sends_as, patience=move.seconds)
    with listening(node, door, image_contexts(classes, apart=False), [(evt.EVT_C_STORE, inbox.take)]):
        yield


def _asked(
    node: DicomNode, move: Move, keys: Mapping[str, str], inbox: _Inbox, end: float
) -> tuple[int | None, Counted]:
    """Ask for one series; gives the last status, None where there was none in time, with its counts.

    Where it takes too long, or more comes than the limits allow, the node is told to stop (C-CANCEL).
    """
    from pynetdicom.presentation import build_context

    with associated(node, [build_context(MOVE)]) as link:
        if not link.accepted_contexts:
            raise PeerError("refused", f"{_said(node)} takes no C-MOVE; without 'move' images come by C-GET")
        stop = _Stop(link, end)
        with stop:
            for status, _ in link.send_c_move(identifier("SERIES", keys), node.our_ae_title, MOVE, msg_id=ASKED):
                code = status.get("Status")
                if code != PENDING:
                    return code, Counted.of(status)
                if inbox.beyond is not None:
                    stop.now()
                stop.wait_on()
    return None, Counted(0, 0)


def _fault(node: DicomNode, move: Move, code: int | None, counted: Counted, inbox: _Inbox, images: int) -> PeerError:
    """Say what kept the images away, and what to do."""
    said, heard = _said(node), f"{node.our_ae_title} at port {move.port} of this machine"
    if code == UNKNOWN_DESTINATION:
        why = f"does not know {node.our_ae_title} as a destination, or does not reach it (0xA801)"
        return PeerError("refused", f"{said} {why}: see that it has {heard} among its nodes")
    if code in (None, CANCELLED):
        return PeerError("no_answer", f"{said} has not sent all within {move.seconds:g} s; raise 'move: seconds'")
    parts = [f"{images - inbox.missing} of {images} images came"]
    parts += [f"{counted.failed} failed there"] if counted.failed else []
    parts += [f"{counted.warned} came with a warning"] if counted.warned else []
    parts += [f"{inbox.refused} that were not asked for were refused"] if inbox.refused else []
    sent = f"{said} answered {code:#06x} to C-MOVE: {', '.join(parts)}"
    if inbox.missing == images:
        sent += f"; see that it reaches {heard}, and sends as {move.sends_as or node.ae_title}"
    passes = code in (SUCCESS, SOME_FAILED, NO_MATCHES, NO_SUBOPERATIONS)
    return PeerError("unavailable" if passes else "refused", sent)


def _said(node: DicomNode) -> str:
    return f"'{node.name}' ({node.where})"
