"""One Orthanc as four named systems: by DICOMweb, by its own REST API, by DICOM's own protocol with C-GET or C-MOVE."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from overread.peers.book import load_peers
from overread.peers.records import Peer
from tests.peers import orthanc as peer
from tests.peers.orthanc import Orthanc

KINDS = ("web", "rest", "node", "mover")
DIMSE = ("node", "mover")


def write_peers(orthanc: Orthanc, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the setting `peers`; the password is in the environment."""
    monkeypatch.setenv("PACS_PASSWORD", peer.PASSWORD)
    login = {"user": peer.USER, "password": {"env": "PACS_PASSWORD"}}
    node = {"kind": "dicom", "host": "127.0.0.1", "port": orthanc.dicom_port, "ae_title": peer.AE_TITLE}
    systems = {
        "web": {"kind": "dicomweb", "url": orthanc.dicomweb, "login": login},
        "rest": {"kind": "orthanc", "url": orthanc.url, "login": login},
        "node": node,
        "mover": {**node, "move": {"port": orthanc.our_port, "seconds": 30}},
        "records": {"kind": "fhir", "url": "http://127.0.0.1:1"},
    }
    path.write_text(yaml.safe_dump(systems), encoding="utf-8")
    return path


def peers_of(orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Peer]:
    """Give the named systems."""
    return load_peers(write_peers(orthanc, orthanc.folder / "peers.yaml", monkeypatch))
