"""A real Orthanc as each kind of archive, with a handful of studies of two patients."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from overread.archives.archive import Archive
from overread.archives.named import archive_peer, open_archive
from overread.peers.records import Peer
from overread.settings import Limits
from tests.archives.stage import DIMSE, peers_of
from tests.needs import require
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import film

ANN, BEN = "77A", "88B"


@pytest.fixture
def stocked(orthanc: Orthanc, tmp_path: Path) -> Orthanc:
    """Ann has films of 1 and 3 January and a lateral with the second, Ben one of 2 January and an ultrasound."""
    orthanc.store(
        film(tmp_path / "1", 1, 1, study="2.25.1", PatientID=ANN, StudyDate="20260101", AccessionNumber="A1"),
        film(tmp_path / "2", 1, 2, study="2.25.2", PatientID=BEN, StudyDate="20260102", AccessionNumber="B1"),
        film(tmp_path / "3", 1, 3, study="2.25.3", PatientID=ANN, StudyDate="20260103", AccessionNumber="A2"),
        film(tmp_path / "4", 2, 4, study="2.25.3", PatientID=ANN, StudyDate="20260103", view="LATERAL"),
        film(tmp_path / "5", 1, 5, study="2.25.5", PatientID=BEN, StudyDate="20260102", Modality="US"),
    )
    return orthanc


@pytest.fixture
def peers(stocked: Orthanc, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Peer]:
    return peers_of(stocked, monkeypatch)


@pytest.fixture
def opened(peers: Mapping[str, Peer]) -> Callable[[str], Archive]:
    """Give the archive by its name among the peers."""

    def open_one(name: str) -> Archive:
        if name in DIMSE:
            require("pynetdicom")
        return open_archive(archive_peer(name, peers), ("CR", "DX"), Limits())

    return open_one
