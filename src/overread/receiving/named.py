"""Sources and systems by the names and addresses that an operator gives; credentials come from the named ones alone."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from pydantic import ValidationError

from overread.archives.earlier import PriorSource
from overread.archives.named import open_archive
from overread.errors import UsageError
from overread.peers.book import peer_named
from overread.peers.records import DicomNode, DicomWeb, FhirServer, OrthancServer, Peer
from overread.receiving.dicomweb import DicomWebSource
from overread.receiving.fhir_order import FhirOrders
from overread.receiving.order_source import OrderSource
from overread.receiving.orthanc import Orthanc
from overread.receiving.worklist import WorklistOrders
from overread.settings import Settings

Server = TypeVar("Server", DicomWeb, OrthancServer)
Kind = Literal["dicomweb", "orthanc"]


def server_of(given: str, kind: type[Server], word: Kind, peers: Mapping[str, Peer]) -> Server:
    """Give the server of a name or an address; an address has the credentials of the named one that is there.

    Raises `UsageError` for a name that is none, or of another kind, and for an address that cannot be asked.
    """
    if "://" not in given:
        peer = peer_named(peers, given)
        if not isinstance(peer, kind):
            raise UsageError(f"the remote system '{given}' is of kind {peer.kind}; {word} is needed")
        return peer
    address = given.rstrip("/")
    known = [peer for peer in peers.values() if isinstance(peer, kind) and peer.url == address]
    try:
        return known[0] if known else kind.model_validate({"name": word, "kind": word, "url": given})
    except ValidationError as error:
        said = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise UsageError(f"the address of {word}: {said}; name it in the setting 'peers'") from None


def orders_of(settings: Settings, peers: Mapping[str, Peer]) -> Sequence[OrderSource]:
    """Give the systems that are asked for orders; raises `UsageError` for one that knows none."""
    return [_orders(peer_named(peers, name)) for name in settings.receiving.orders_from]


def _orders(peer: Peer) -> OrderSource:
    match peer:
        case FhirServer():
            return FhirOrders(peer)
        case DicomNode():
            return WorklistOrders(peer)
    raise UsageError(f"the remote system '{peer.name}' is of kind {peer.kind}; orders come from 'fhir' or 'dicom'")


def priors_of(source: object, settings: Settings, peers: Mapping[str, Peer]) -> PriorSource | None:
    """Give the archive that is asked for earlier studies: the named one, else the source where it is one."""
    chosen = settings.receiving
    if chosen.priors_from is None:
        return source if isinstance(source, Orthanc | DicomWebSource) else None
    match peer_named(peers, chosen.priors_from):
        case OrthancServer() | DicomWeb() | DicomNode() as server:
            return open_archive(server, chosen.modalities, settings.limits)
        case other:
            raise UsageError(f"the remote system '{other.name}' is of kind {other.kind}; priors come from an archive")
