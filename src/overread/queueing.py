"""Which entries of the outbox a report makes in the state that it is in."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from overread.errors import UsageError
from overread.peers.records import Peer
from overread.records import CaseFile
from overread.store.outbox import Outgoing

_OBJECTS = ("sr", "text-sr", "seg", "seg-viewer", "gsps", "capture", "pdf-dicom")
POSSIBLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dicom": _OBJECTS,
        "dicomweb": _OBJECTS,
        "fhir": ("fhir", "assessment"),
        "mllp": ("hl7",),
        "hl7-folder": ("hl7",),
    }
)
"""Kinds of output that a system of each kind can take."""
USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dicom": ("sr", "seg", "pdf-dicom"),
        "dicomweb": ("sr", "seg", "pdf-dicom"),
        "fhir": ("fhir",),
        "mllp": ("hl7",),
        "hl7-folder": ("hl7",),
    }
)
"""What it gets where nothing else is said."""


def state_of(file: CaseFile) -> tuple[int, str]:
    """Name the newest state of a report: the number of its signed version, 0 of a draft, and the digest of its text."""
    waits = file.final is None and file.preliminary is None
    newest = None if waits else file.newest
    if newest is not None:
        return newest.version, newest.text_digest
    return 0, file.draft_digest or ""


def kinds_of(peer: Peer, asked: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the kinds that a system gets: those asked for, its own, or all; raises `UsageError` for one it cannot."""
    if peer.kind not in POSSIBLE:
        raise UsageError(f"'{peer.name}' only gives studies; name its DICOMweb address as a system to send there")
    possible = POSSIBLE[peer.kind]
    chosen = tuple(dict.fromkeys(asked)) or peer.takes or USUAL[peer.kind]
    if wrong := [kind for kind in chosen if kind not in possible]:
        raise UsageError(f"'{peer.name}' ({peer.kind}) takes no '{wrong[0]}'; it takes: {', '.join(possible)}")
    return chosen


def outgoing_to(file: CaseFile, peer: Peer, asked: Sequence[str] = ()) -> tuple[Outgoing, ...]:
    """Say what goes to a system; raises as `kinds_of` does."""
    version, content = state_of(file)
    return tuple(Outgoing(file.case_id, version, content, kind, peer.name) for kind in kinds_of(peer, asked))
