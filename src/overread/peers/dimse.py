"""An association with a DICOM node, by pynetdicom (extra `pacs`)."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from overread.errors import PeerError, UsageError
from overread.peers.records import DicomNode
from overread.peers.tls import context_of

if TYPE_CHECKING:
    from pydicom import Dataset
    from pynetdicom.association import Association
    from pynetdicom.events import EventHandlerType as EventHandler
    from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation
    from pynetdicom.presentation import PresentationContext

VERIFICATION = "1.2.840.10008.1.1"
OUT_OF_RESOURCES = 0xA700
"""With any lower byte: the node cannot answer now."""


@contextmanager
def associated(
    node: DicomNode,
    contexts: "Sequence[PresentationContext]",
    handlers: "Sequence[EventHandler]" = (),
    roles: "Sequence[SCP_SCU_RoleSelectionNegotiation]" = (),
) -> "Iterator[Association]":
    """Hold an association that proposes some contexts; it is released at the end, aborted on an error.

    `handlers` take what the node sends by itself meanwhile, for which it must have been given the `roles`.
    Raises `PeerError` (`not_reached`, `refused`) where there is none, `UsageError` without pynetdicom.
    """
    if find_spec("pynetdicom") is None:
        raise UsageError(f"'{node.name}' speaks DICOM, which needs pynetdicom: pip install 'overread[pacs]'")
    from pynetdicom import AE

    hush()
    entity = AE(node.our_ae_title)
    entity.connection_timeout = entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = node.seconds
    tls = (context_of(node.tls, node.name), node.host) if node.tls else None
    link = entity.associate(
        node.host,
        node.port,
        contexts=list(contexts),
        ae_title=node.ae_title,
        tls_args=tls,
        ext_neg=list(roles) or None,
        evt_handlers=list(handlers),
    )
    if not link.is_established:
        raise _refusal(node, link)
    try:
        yield link
    except BaseException:
        link.abort()
        raise
    link.release()


def hush() -> None:
    """Silence pynetdicom's log: below `critical` it prints identifiers, which hold names and numbers of patients."""
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)


def echo(node: DicomNode) -> None:
    """Ask a node whether it is there (C-ECHO); raises as `associated` does, `no_answer` where it says nothing."""
    from pynetdicom.presentation import build_context

    with associated(node, [build_context(VERIFICATION)]) as link:
        status = link.send_c_echo().get("Status")
    if status is None:
        raise PeerError("no_answer", f"'{node.name}' ({node.where}) gave no answer to C-ECHO")
    if status != 0:
        raise PeerError("refused", f"'{node.name}' ({node.where}) answered {status:#06x} to C-ECHO")


def must_end(node: DicomNode, status: "Dataset", word: str) -> None:
    """Pass the last status of a query over when it is success (PS3.4 C.4); raises `PeerError` for any other.

    `no_answer` without one, `unavailable` where the node is out of resources, else `refused`; `word` is what was asked.
    """
    code = status.get("Status")
    said = f"'{node.name}' ({node.where})"
    if code is None:
        raise PeerError("no_answer", f"{said} gave no answer to {word}")
    if code & 0xFF00 == OUT_OF_RESOURCES:
        raise PeerError("unavailable", f"{said} answered {code:#06x} to {word}: out of resources")
    if code != 0:
        raise PeerError("refused", f"{said} answered {code:#06x} to {word}")


def _refusal(node: DicomNode, link: "Association") -> PeerError:
    said = f"'{node.name}' ({node.where})"
    if link.is_rejected:
        hint = f"see that it knows us as {node.our_ae_title}, and that its own title is {node.ae_title}"
        return PeerError("unauthorized", f"{said} rejects the association; {hint}")
    if link.acceptor.primitive is not None:  # set by an answer that accepts, which pynetdicom drops where it is empty
        return PeerError("refused", f"{said} knows us and takes nothing of what we ask; see what it is set up to do")
    return PeerError("not_reached", f"{said} is not reached, or ended the association")
