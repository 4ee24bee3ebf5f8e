"""To a DICOM node: C-STORE; C-FIND of each object in its study proves it, or storage commitment where that is named.

The node gives nothing back to compare.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian

from overread.delivering.objects import DicomObject, read_object
from overread.errors import PeerError
from overread.peers.commitment import Named, commitment_of
from overread.peers.dimse import associated
from overread.peers.records import Commitment, DicomNode

if TYPE_CHECKING:
    from pynetdicom.association import Association

FIND = "1.2.840.10008.5.1.4.1.2.2.1"
"""Study Root Query/Retrieve, FIND."""
DUPLICATE = 0x0111


def deliver(peer: DicomNode, files: Sequence[Path]) -> str:
    """Send files of one study, and say what proves that they are there.

    Raises `PeerError`: `not_proven` where it took an object and does not find it, or lets nobody search.
    """
    from pynetdicom.presentation import build_context

    objects = [read_object(path) for path in files]
    classes = dict.fromkeys(item.sop_class_uid for item in objects)
    contexts = [build_context(name, ExplicitVRLittleEndian) for name in classes]
    searched = [] if peer.commitment else [build_context(FIND)]
    with associated(peer, [*contexts, *searched]) as link:
        for item in objects:
            _store(peer, link, item)
        lost = [] if peer.commitment else [item for item in objects if not _is_there(peer, link, item)]
    if lost:
        raise PeerError("not_proven", f"{_named(peer)} took {len(lost)} objects and does not find them in their study")
    return (
        _committed(peer, objects, peer.commitment)
        if peer.commitment
        else f"{len(objects)} found in the study by C-FIND"
    )


def _committed(peer: DicomNode, objects: Sequence[DicomObject], how: Commitment) -> str:
    """Have the node answer for the objects; raises `PeerError` (`not_proven`) where it does not for all."""
    report = commitment_of(peer, how, [Named(item.sop_class_uid, item.sop_instance_uid) for item in objects])
    missing = [item for item in objects if item.sop_instance_uid not in report.committed]
    if missing:
        reasons = sorted({f"{reason:#06x}" for reason in report.failed.values()})
        said = f": {', '.join(reasons)} (PS3.3 C.14.1.1)" if reasons else ""
        raise PeerError("not_proven", f"{_named(peer)} does not answer for {len(missing)} objects{said}")
    return f"{len(objects)} answered for by storage commitment"


def _store(peer: DicomNode, link: "Association", item: DicomObject) -> None:
    if not any(context.abstract_syntax == item.sop_class_uid for context in link.accepted_contexts):
        raise PeerError("refused", f"{_named(peer)} takes no objects of SOP class {item.sop_class_uid}")
    status = link.send_c_store(dcmread(io.BytesIO(item.content))).get("Status")
    if status is None:
        raise PeerError("no_answer", f"{_named(peer)} gave no answer to C-STORE")
    # Warnings (0xBxxx) say what it put right or left out: it has the object (PS3.4 table B.2-1).
    if status not in (0, DUPLICATE) and status & 0xF000 != 0xB000:
        busy = status & 0xFF00 == 0xA700
        raise PeerError("unavailable" if busy else "refused", f"{_named(peer)} answered {status:#06x} to C-STORE")


def _is_there(peer: DicomNode, link: "Association", item: DicomObject) -> bool:
    if not any(context.abstract_syntax == FIND for context in link.accepted_contexts):
        raise PeerError("not_proven", f"{_named(peer)} took the objects and lets us not search (C-FIND)")
    asked = Dataset()
    asked.QueryRetrieveLevel = "IMAGE"
    asked.StudyInstanceUID, asked.SeriesInstanceUID = item.study_uid, item.series_uid
    asked.SOPInstanceUID = item.sop_instance_uid
    answers = list(link.send_c_find(asked, FIND))
    return any(found is not None and found.get("SOPInstanceUID") == item.sop_instance_uid for _, found in answers)


def _named(peer: DicomNode) -> str:
    return f"'{peer.name}' ({peer.where})"
