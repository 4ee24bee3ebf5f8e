"""To a DICOMweb server: what it does not have by STOW-RS; QIDO-RS in the study, and WADO-RS where it can, prove it."""

from collections.abc import Sequence
from pathlib import Path

from overread.delivering.objects import DicomObject, read_object, refuse_other
from overread.errors import PeerError
from overread.peers.dicomweb import fetch, store, study_of
from overread.peers.records import DicomWeb


def deliver(peer: DicomWeb, files: Sequence[Path]) -> str:
    """Send files of one study, and say what proves that they are there; done twice it is done once.

    Raises `PeerError`: `conflict` where the server has something else under one of the UIDs, `not_proven` where it took
    an object and does not find it in its study.
    """
    objects = [read_object(path) for path in files]
    absent = [item for item in objects if not _is_there(peer, item)]
    if absent:
        failed = store(peer, absent[0].study_uid, [item.content for item in absent])
        if failed:
            reasons = ", ".join(sorted({f"{reason:#06x}" for reason in failed.values()}))
            raise PeerError("refused", f"{_named(peer)} did not store {len(failed)} objects: {reasons} (PS3.18 I.2)")
    if lost := sum(not _is_there(peer, item) for item in absent):
        raise PeerError("not_proven", f"{_named(peer)} took {lost} objects and does not find them in their study")
    return f"{len(objects)} found in the study by QIDO-RS"


def _is_there(peer: DicomWeb, item: DicomObject) -> bool:
    """Say whether an object is in its study, as it was sent where it is given out."""
    study = study_of(peer, item.study_uid, item.sop_instance_uid)
    if study is None:
        return False
    if study != item.study_uid:
        raise PeerError("conflict", f"{_named(peer)} has an object of that UID in another study")
    there = fetch(peer, item.study_uid, item.series_uid, item.sop_instance_uid)
    if there is not None:
        refuse_other(item, there, _named(peer))
    return True


def _named(peer: DicomWeb) -> str:
    return f"'{peer.name}' ({peer.where})"
