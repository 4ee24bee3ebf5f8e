"""Storage commitment (PS3.4 J.3): a node is asked to answer for objects, and reports which of them it keeps.

Its report (N-EVENT-REPORT) comes on the association that asked, or on one that the node makes to us: for that a
listener is open while somebody waits, for that node's title alone, with caps on associations, PDUs and bytes.
"""

import queue
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from pydicom import Dataset
from pydicom.uid import generate_uid

from overread.errors import PeerError
from overread.peers.dimse import associated
from overread.peers.listening import Door, listening
from overread.peers.records import Commitment, DicomNode

if TYPE_CHECKING:
    from pynetdicom.association import Association
    from pynetdicom.events import Event
    from pynetdicom.events import EventHandlerType as EventHandler

COMMITMENT = "1.2.840.10008.1.20.1"
"""Storage Commitment Push Model SOP Class."""
WELL_KNOWN = "1.2.840.10008.1.20.1.1"
REQUEST = 1
"""Action type of a request (J.3.2)."""
MOST_BYTES = 4 * 2**20
"""Of all that comes in on one association to our listener."""
SAME_SECONDS = 5.0
"""How long the association that asked is held open where the node can also reach our listener."""


class Named(NamedTuple):
    """An object by its SOP class and instance."""

    sop_class_uid: str
    sop_instance_uid: str


class Report(NamedTuple):
    """What a node answers for, and what it does not, with the reason (J.3.3.1.4)."""

    committed: frozenset[str]
    failed: Mapping[str, int]


def commitment_of(node: DicomNode, told: Commitment, objects: Sequence[Named]) -> Report:
    """Ask a node to answer for objects and give its report.

    Raises `PeerError`: `refused` where it does not know the service, `not_proven` where no report comes in time,
    `unavailable` where our port is taken; as `associated` does besides.
    """
    from pynetdicom import evt
    from pynetdicom.presentation import build_context

    box = _Mailbox(generate_uid())
    handlers: list[EventHandler] = [(evt.EVT_N_EVENT_REPORT, box.take), (evt.EVT_DATA_SENT, box.answered)]
    end = monotonic() + told.seconds
    with _listening(node, told, box):
        with associated(node, [build_context(COMMITMENT)], handlers) as link:
            _ask(node, link, box.transaction, objects)
            report = box.wait(told.seconds if told.port is None else min(SAME_SECONDS, told.seconds))
        report = report or box.wait(end - monotonic())
    if report is None:
        where = "" if told.port is None else f" to {node.our_ae_title} at {told.host}:{told.port}"
        raise PeerError("not_proven", f"{_named(node)} sent no report on storage commitment{where} in time")
    return report


class _Mailbox:
    """Takes the report of one request, whichever association it comes on."""

    def __init__(self, transaction: str) -> None:
        self.transaction = transaction
        self._taken: Report | None = None
        self._came: queue.Queue[Report] = queue.Queue()

    def take(self, event: "Event") -> tuple[int, None]:
        """Keep a report; one of another request is taken and left: whoever asked for it asks anew."""
        told = event.event_information
        if told.get("TransactionUID") == self.transaction:
            kept = frozenset(str(item.ReferencedSOPInstanceUID) for item in told.get("ReferencedSOPSequence") or ())
            failed = {
                str(item.ReferencedSOPInstanceUID): int(item.FailureReason)
                for item in told.get("FailedSOPSequence") or ()
            }
            self._taken = Report(kept, failed)
        return 0x0000, None

    def answered(self, _event: "Event") -> None:
        """Give the report out once our answer to it has left: its association may end then, and not before."""
        if self._taken is not None:
            taken, self._taken = self._taken, None
            self._came.put(taken)

    def wait(self, seconds: float) -> Report | None:
        """Give the report; None where it does not come in time."""
        try:
            return self._came.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            return None


def _ask(node: DicomNode, link: "Association", transaction: str, objects: Sequence[Named]) -> None:
    if not link.accepted_contexts:
        raise PeerError("refused", f"{_named(node)} offers no storage commitment; leave 'commitment' out")
    request = Dataset()
    request.TransactionUID = transaction
    request.ReferencedSOPSequence = [_item(each) for each in objects]
    answer, _ = link.send_n_action(request, REQUEST, COMMITMENT, WELL_KNOWN)
    status = answer.get("Status")
    if status is None:
        raise PeerError("no_answer", f"{_named(node)} gave no answer to N-ACTION")
    if status != 0:
        raise PeerError("refused", f"{_named(node)} answered {status:#06x} to N-ACTION of storage commitment")


def _item(named: Named) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = named
    return item


@contextmanager
def _listening(node: DicomNode, told: Commitment, box: _Mailbox) -> Iterator[None]:
    """Listen where the node was told that we are; not at all where no port is named."""
    if told.port is None:
        yield
        return
    from pynetdicom import evt
    from pynetdicom.presentation import build_context

    # The node is the service's provider on an association of its own: it asks for that role (PS3.4 J.3.3).
    context = build_context(COMMITMENT)
    context.scu_role = context.scp_role = True
    handlers: list[EventHandler] = [(evt.EVT_N_EVENT_REPORT, box.take), (evt.EVT_DATA_SENT, box.answered)]
    with listening(node, Door(told.host, told.port, MOST_BYTES), [context], handlers):
        yield


def _named(node: DicomNode) -> str:
    return f"'{node.name}' ({node.where})"
