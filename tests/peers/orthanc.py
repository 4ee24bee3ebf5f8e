"""A real Orthanc of the tests' own: on free loopback ports, in a folder that goes away with it.

With basic authentication, DICOMweb and modality worklists. `kill` ends it as a power cut would; `start` brings it up
again on the same ports with what it had stored. `clear` takes everything out of it between two tests.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from tests.needs import require

USER, PASSWORD = "agent", "secret of the tests"
AE_TITLE = "ORTHANC"
STABLE_SECONDS = 1
PATIENCE_SECONDS = 60.0
PLUGINS = ("OrthancDicomWeb", "ModalityWorklists")


def program() -> str | None:
    """Find the server; Debian keeps it off the PATH of users."""
    return shutil.which("Orthanc") or next((path for path in ("/usr/sbin/Orthanc",) if Path(path).is_file()), None)


def plugin(name: str) -> Path | None:
    """Find a plugin's library where Debian puts it."""
    path = Path("/usr/share/orthanc/plugins") / f"lib{name}.so"
    return path if path.exists() else None


class Orthanc:
    """A running server; its folder, its ports and the ways in which a test changes what is in it."""

    def __init__(self, folder: Path, more: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.more = more or {}
        self.http_port, self.dicom_port = free_port(), free_port()
        self.our_port = free_port()
        """Where it believes that we listen (AE title OVERREAD)."""
        self.worklists = folder / "worklists"
        self.worklists.mkdir()
        (folder / "orthanc.json").write_text(json.dumps(_configuration(self)), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def dicomweb(self) -> str:
        return f"{self.url}/dicom-web"

    def client(self) -> httpx.Client:
        """Give a client that is signed in."""
        return httpx.Client(base_url=self.url, auth=(USER, PASSWORD), timeout=PATIENCE_SECONDS, trust_env=False)

    def start(self) -> None:
        """Start it and wait until it answers; on the same ports and folder as before."""
        found = program()
        assert found is not None
        with (self.folder / "log").open("ab") as log:
            command = [found, str(self.folder / "orthanc.json")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it at once, by SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in peace, by SIGTERM, and wait until it is gone: until then it holds its ports."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def store(self, *files: Path) -> None:
        """Store DICOM files over REST."""
        with self.client() as client:
            for file in files:
                client.post("/instances", content=file.read_bytes()).raise_for_status()

    def studies(self) -> list[str]:
        """Give Orthanc's own ids of the studies it has."""
        with self.client() as client:
            found: list[str] = client.get("/studies").raise_for_status().json()
            return found

    def clear(self) -> None:
        """Take out all studies, worklist entries and changes; the numbers of changes go on."""
        with self.client() as client:
            for study in client.get("/studies").raise_for_status().json():
                client.delete(f"/studies/{study}").raise_for_status()
            client.delete("/changes").raise_for_status()
        for entry in self.worklists.iterdir():
            entry.unlink()

    def expect(self, item: Dataset, name: str = "item") -> None:
        """Put an entry into the modality worklist; the plugin reads its folder at each query."""
        item.file_meta = FileMetaDataset()
        item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        item.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
        item.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        dcmwrite(self.worklists / f"{name}.wl", item, enforce_file_format=True)

    def wait_until_stable(self, studies: int = 1) -> None:
        """Wait until there are so many studies, and none has had anything new for `STABLE_SECONDS`."""
        _wait(lambda: len(self._stable()) >= studies and all(self._stable()))

    def _stable(self) -> list[bool]:
        with self.client() as client:
            return [study["IsStable"] for study in client.get("/studies?expand").raise_for_status().json()]

    def _wait_until_it_answers(self) -> None:
        _wait(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"Orthanc ended:\n{(self.folder / 'log').read_text(errors='replace')[-2000:]}")
        try:
            with self.client() as client:
                return client.get("/system").is_success
        except httpx.TransportError:
            return False


def _wait(until: Any) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "Orthanc did not get there in time"
        time.sleep(0.05)


def _configuration(server: Orthanc) -> dict[str, Any]:
    modality = {"AET": "OVERREAD", "Host": "127.0.0.1", "Port": server.our_port, "AllowStorageCommitment": True}
    modality |= {"UseDicomTls": True} if server.more.get("DicomTlsEnabled") else {}
    return {
        "Name": "tests",
        "StorageDirectory": "db",
        "IndexDirectory": "db",
        "HttpPort": server.http_port,
        "DicomPort": server.dicom_port,
        "DicomAet": AE_TITLE,
        "DicomCheckCalledAet": True,
        "Plugins": [str(plugin(name)) for name in PLUGINS],
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": True,
        "RegisteredUsers": {USER: PASSWORD},
        "DicomAlwaysAllowStore": True,
        "DicomAlwaysAllowFind": False,
        "DicomModalities": {
            "overread": {**modality, "AllowFind": True, "AllowMove": True, "AllowGet": True, "AllowFindWorklist": True}
        },
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Host": f"127.0.0.1:{server.http_port}", "Ssl": False},
        "Worklists": {"Enable": True, "Database": str(server.worklists)},
        "StableAge": STABLE_SECONDS,
        "OverwriteInstances": False,
        "DefaultEncoding": "Utf8",
        "ConcurrentJobs": 1,
        "HttpThreadsCount": 8,
        **server.more,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(**more: Any) -> Iterator[Orthanc]:
    """Start a server, configured further as `more` says, and end it."""
    with tempfile.TemporaryDirectory(prefix="overread-orthanc-") as folder:
        server = Orthanc(Path(folder), more)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def orthanc_server() -> Iterator[Orthanc]:
    """Start a server for the tests of this process."""
    require("orthanc")
    with serving() as server:
        yield server


@pytest.fixture
def orthanc(orthanc_server: Orthanc) -> Orthanc:
    """Give the server, empty."""
    orthanc_server.clear()
    return orthanc_server
