"""A room of scripted tools that signs phantoms, and the systems that its reports are sent to."""

import gc
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from overread.delivering.sender import Sender
from overread.peers.records import DicomNode, DicomWeb, FhirServer, Peer
from overread.reading_room import ReadingRoom
from overread.store.outbox import Entry
from tests.export.conftest import read, room
from tests.peers import orthanc as peer_server
from tests.peers.orthanc import Orthanc, orthanc, orthanc_server

__all__ = ["orthanc", "orthanc_server", "read", "room"]


class Clock:
    """The time of a test: it goes on when told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def collected() -> Iterator[None]:
    """Let go of the sockets that pynetdicom leaves open where the other side ends a connection first."""
    yield
    gc.collect()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def password(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(peer_server.PASSWORD)
    return path


def web_peer(url: str, password: Path | None = None, **more: object) -> DicomWeb:
    login = {"user": peer_server.USER, "password": {"file": password}} if password else None
    return DicomWeb.model_validate({"name": "pacs", "kind": "dicomweb", "url": url, "login": login, **more})


def node_peer(orthanc: Orthanc, **more: object) -> DicomNode:
    told = {"name": "archive", "kind": "dicom", "host": "127.0.0.1", "ae_title": "ORTHANC", **more}
    return DicomNode.model_validate({"port": orthanc.dicom_port, **told})


def fhir_peer(url: str, **more: object) -> FhirServer:
    return FhirServer.model_validate({"name": "records", "kind": "fhir", "url": url, **more})


def sender(room: ReadingRoom, clock: Clock, *peers: Peer) -> Sender:
    known: Mapping[str, Peer] = {peer.name: peer for peer in peers}
    return Sender(room.home, known, "always", clock)


def states(entries: list[Entry]) -> dict[str, str]:
    return {entry.what.kind: entry.state for entry in entries}
