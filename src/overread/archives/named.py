"""An archive by the name or address that an operator gives; credentials come from the named systems alone."""

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from overread.archives.archive import Archive
from overread.archives.dicomweb import DicomWebArchive
from overread.archives.dimse import NodeArchive
from overread.archives.orthanc import OrthancArchive
from overread.errors import UsageError
from overread.peers.book import peer_named
from overread.peers.records import DicomNode, DicomWeb, OrthancServer, Peer
from overread.settings import Limits

ArchivePeer = DicomWeb | OrthancServer | DicomNode


def archive_peer(given: str, peers: Mapping[str, Peer]) -> ArchivePeer:
    """Give the system of a name or address; an address that is no named system's is a DICOMweb server without login.

    Raises `UsageError` for a name that is none or of a system without images, and for an address that cannot be asked.
    """
    if "://" not in given:
        peer = peer_named(peers, given)
        if not isinstance(peer, DicomWeb | OrthancServer | DicomNode):
            raise UsageError(f"the remote system '{given}' is of kind {peer.kind}; images come from an archive")
        return peer
    address = given.rstrip("/")
    known = [peer for peer in peers.values() if isinstance(peer, DicomWeb | OrthancServer) and peer.url == address]
    try:
        return known[0] if known else DicomWeb.model_validate({"name": "pacs", "kind": "dicomweb", "url": given})
    except ValidationError as error:
        said = error.errors(include_input=False, include_url=False)[0]["msg"]
        raise UsageError(f"the address of the archive: {said}; name it in the setting 'peers'") from None


def open_archive(peer: ArchivePeer, modalities: Sequence[str], limits: Limits) -> Archive:
    """Give a system as an archive that gives out series of some modalities; nothing is asked yet."""
    match peer:
        case DicomWeb():
            return DicomWebArchive(peer, modalities, limits)
        case OrthancServer():
            return OrthancArchive(peer, modalities, limits)
        case DicomNode():
            return NodeArchive(peer, modalities, limits)
