"""Whether a named system answers: C-ECHO, an empty search, its capabilities. No patient is asked for."""

import json
import os
from typing import Any

from overread.errors import PeerError
from overread.peers.dimse import echo
from overread.peers.http import Answer, exchange, refused
from overread.peers.mllp import reach
from overread.peers.records import DicomNode, DicomWeb, FhirServer, Hl7Folder, MllpNode, OrthancServer, Peer, WebPeer

NOBODY = "2.25.0"
"""A Study Instance UID that no study has."""
JSON = {"accept": "application/dicom+json"}
FHIR_JSON = {"accept": "application/fhir+json"}
MOST_BYTES = 32 * 2**20


def check(peer: Peer) -> str:
    """Ask a system for what shows that it works, and say what it answered.

    Raises `PeerError` with what is wrong, `SettingsError` where a secret is not there, `UsageError` without pynetdicom.
    """
    match peer:
        case DicomNode():
            echo(peer)
            return "answers C-ECHO"
        case DicomWeb():
            return _search(peer)
        case FhirServer():
            return _capabilities(peer)
        case OrthancServer():
            return _orthanc(peer)
        case MllpNode():
            reach(peer)
            return "takes connections"
        case Hl7Folder():
            return _folder(peer)


def json_of(peer: WebPeer, what: str, answer: Answer) -> Any:
    """Read the JSON of an answer; raises `PeerError` for one that is none, or is no success."""
    if not answer.ok:
        raise refused(peer, what, answer)
    try:
        return json.loads(answer.body)
    except ValueError:
        raise PeerError(
            "bad_answer", f"'{peer.name}' ({peer.where}) answered something else than JSON to {what}"
        ) from None


def _search(peer: DicomWeb) -> str:
    params = {"StudyInstanceUID": NOBODY, "limit": "1"}
    answer = exchange(peer, "GET", "studies", params=params, headers=JSON, most_bytes=MOST_BYTES)
    if answer.status != 204 and json_of(peer, "QIDO-RS", answer) != []:
        raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) finds a study that there is not")
    return "answers QIDO-RS"


def _orthanc(peer: OrthancServer) -> str:
    system = json_of(peer, "system", exchange(peer, "GET", "system", most_bytes=MOST_BYTES))
    version = system.get("Version") if isinstance(system, dict) else None
    if not isinstance(version, str):
        raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) is no Orthanc")
    return f"Orthanc {version}"


def _folder(peer: Hl7Folder) -> str:
    if not peer.path.is_dir() or not os.access(peer.path, os.W_OK | os.X_OK):
        raise PeerError("not_reached", f"'{peer.name}': {peer.path} is no folder that can be written")
    return "can be written"


def _capabilities(peer: FhirServer) -> str:
    answer = exchange(peer, "GET", "metadata", headers=FHIR_JSON, most_bytes=MOST_BYTES)
    statement = json_of(peer, "metadata", answer)
    version = statement.get("fhirVersion") if isinstance(statement, dict) else None
    if not isinstance(version, str) or not version.startswith("4."):
        raise PeerError("bad_answer", f"'{peer.name}' ({peer.where}) says that it is FHIR {version}; R4 is needed")
    return f"FHIR {version}"
