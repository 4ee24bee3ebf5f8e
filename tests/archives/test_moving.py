"""C-MOVE: what was asked for is taken, from that node alone and in time; what kept it away is said with what to do."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset

from overread.archives.archive import Archive
from overread.archives.dimse import NodeArchive
from overread.errors import PeerError, Unreadable
from overread.peers.records import DicomNode, Move
from overread.settings import Limits
from tests.archives.stage import peers_of
from tests.needs import require
from tests.peers.orthanc import Orthanc, free_port
from tests.receiving.stage import film

# pynetdicom leaves the socket open of an association that it did not get
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
STUDY, SERIES = "2.25.1", "2.25.2"
Sending = Callable[["Peer"], Iterator[tuple[int, Dataset | None]]]


class Peer:
    """A node of the tests' own, by pynetdicom: names what it has by C-FIND, and does as it is told at a C-MOVE."""

    def __init__(self, images: list[FileDataset], sending: Sending, *, knows_us: bool = True) -> None:
        require("pynetdicom")
        self.knows_us = knows_us
        self.images = images
        self.cancelled = threading.Event()
        self._sending = sending
        self.port, self.our_port = free_port(), free_port()

    @contextmanager
    def running(self) -> Iterator["Peer"]:
        from pynetdicom import AE, evt
        from pynetdicom.sop_class import (
            StudyRootQueryRetrieveInformationModelFind as Find,
        )
        from pynetdicom.sop_class import (
            StudyRootQueryRetrieveInformationModelMove as Moving,
        )

        entity = AE("ARCHIVE")
        entity.add_supported_context(Find)
        entity.add_supported_context(Moving)
        handlers: list[Any] = [(evt.EVT_C_FIND, self._found), (evt.EVT_C_MOVE, self._moved)]
        server = entity.start_server(("127.0.0.1", self.port), block=False, evt_handlers=handlers)
        assert server is not None
        try:
            yield self
        finally:
            server.shutdown()

    def archive(self, *, seconds: float = 20.0, images: int = 100, **move: Any) -> Archive:
        node = DicomNode(
            name="archive",
            kind="dicom",
            host="127.0.0.1",
            port=self.port,
            ae_title="ARCHIVE",
            move=Move(port=self.our_port, seconds=seconds, **move),
        )
        return NodeArchive(node, ("CR", "DX"), Limits(files=images))

    def _found(self, event: Any) -> Iterator[tuple[int, Dataset | None]]:
        level = event.identifier.QueryRetrieveLevel
        for image in self.images[:1] if level == "SERIES" else self.images:
            match = Dataset()
            match.QueryRetrieveLevel = level
            match.StudyInstanceUID, match.SeriesInstanceUID, match.Modality = STUDY, SERIES, "DX"
            if level == "IMAGE":
                match.SOPInstanceUID, match.SOPClassUID = image.SOPInstanceUID, image.SOPClassUID
            yield 0xFF00, match

    def _moved(self, event: Any) -> Iterator[Any]:
        from pynetdicom.presentation import build_context

        if self.knows_us:
            classes = {(image.SOPClassUID, image.file_meta.TransferSyntaxUID) for image in self.images}
            yield "127.0.0.1", self.our_port, {"contexts": [build_context(*each) for each in classes]}
        else:
            yield None, None
        yield len(self.images)
        for answer in self._sending(self):
            if event.is_cancelled:
                self.cancelled.set()
                yield 0xFE00, None
                return
            yield answer


def images(tmp_path: Path, count: int) -> list[FileDataset]:
    return [dcmread(film(tmp_path / "sent", number, number, study=STUDY)) for number in range(1, count + 1)]


def all_of_it(peer: Peer) -> Iterator[tuple[int, Dataset | None]]:
    yield from ((0xFF00, image) for image in peer.images)


def test_one_study_after_another_comes_and_our_port_is_shut_between(tmp_path: Path) -> None:
    with Peer(images(tmp_path, 3), all_of_it).running() as peer:
        archive = peer.archive()
        for turn in ("one", "two"):
            (folder := tmp_path / turn).mkdir()
            assert len(archive.fetch(STUDY, folder) or ()) == 3


def test_two_that_are_fetched_at_once_wait_for_each_other(tmp_path: Path) -> None:
    with Peer(images(tmp_path, 2), all_of_it).running() as peer:
        came: list[int] = []

        def fetch(turn: str) -> None:
            (folder := tmp_path / turn).mkdir()
            came.append(len(peer.archive().fetch(STUDY, folder) or ()))

        threads = [threading.Thread(target=fetch, args=(turn,)) for turn in ("one", "two", "three")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert came == [2, 2, 2]


def test_what_was_not_asked_for_is_refused_and_counted(tmp_path: Path) -> None:
    asked, other = images(tmp_path, 2)

    def sends_another(peer: Peer) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, other

    with Peer([asked], sends_another).running() as peer:
        (folder := tmp_path / "got").mkdir()
        with pytest.raises(PeerError, match=r"0 of 1 images came, 1 failed there, 1 that were not asked for") as raised:
            peer.archive().fetch(STUDY, folder)
        assert raised.value.kind == "unavailable"
        assert not list(folder.iterdir())
        assert asked.SOPInstanceUID not in str(raised.value)


def test_a_study_of_which_a_part_comes_is_no_study(tmp_path: Path) -> None:
    def sends_the_first(peer: Peer) -> Iterator[tuple[int, Dataset | None]]:
        yield 0xFF00, peer.images[0]

    with Peer(images(tmp_path, 2), sends_the_first).running() as peer:
        (folder := tmp_path / "got").mkdir()
        with pytest.raises(PeerError, match="1 of 2 images came"):
            peer.archive().fetch(STUDY, folder)


def test_one_that_takes_too_long_is_told_to_stop(tmp_path: Path) -> None:
    def dawdles(peer: Peer) -> Iterator[tuple[int, Dataset | None]]:
        for image in peer.images:
            time.sleep(0.5)
            yield 0xFF00, image

    with Peer(images(tmp_path, 6), dawdles).running() as peer:
        (folder := tmp_path / "got").mkdir()
        began = time.monotonic()
        with pytest.raises(PeerError, match="not sent all within 1 s") as raised:
            peer.archive(seconds=1.0).fetch(STUDY, folder)
        assert raised.value.kind == "no_answer"
        assert peer.cancelled.is_set()
        assert time.monotonic() - began < 15


def test_more_than_the_limits_allow_is_told_to_stop(tmp_path: Path) -> None:
    with Peer(images(tmp_path, 5), all_of_it).running() as peer:
        (folder := tmp_path / "got").mkdir()
        with pytest.raises(Unreadable, match="more than 2 images"):
            peer.archive(images=2).fetch(STUDY, folder)


def test_a_node_that_sends_under_another_title_is_let_in_by_it_alone(tmp_path: Path) -> None:
    with Peer(images(tmp_path, 1), all_of_it).running() as peer:
        (folder := tmp_path / "got").mkdir()
        with pytest.raises(PeerError, match="does not know OVERREAD as a destination, or does not reach it") as raised:
            peer.archive(sends_as="GATEWAY").fetch(STUDY, folder)
        assert raised.value.kind == "refused"
        assert len(peer.archive(sends_as="ARCHIVE").fetch(STUDY, folder) or ()) == 1


@pytest.fixture
def stocked(orthanc: Orthanc, tmp_path: Path) -> Orthanc:
    orthanc.store(film(tmp_path / "films", 1, 1, study=STUDY))
    return orthanc


def test_a_destination_that_the_archive_does_not_know_is_said_with_what_to_do(tmp_path: Path) -> None:
    with Peer(images(tmp_path, 1), all_of_it, knows_us=False).running() as peer:
        said = f"0xA801.*: see that it has OVERREAD at port {peer.our_port} of this machine among its nodes"
        with pytest.raises(PeerError, match=said) as raised:
            peer.archive().fetch(STUDY, tmp_path)
        assert raised.value.kind == "refused"


def test_orthanc_that_does_not_reach_us_is_said_with_what_to_do(
    stocked: Orthanc, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = peers_of(stocked, monkeypatch)["mover"]
    assert isinstance(node, DicomNode)
    assert node.move is not None
    elsewhere = node.model_copy(update={"move": node.move.model_copy(update={"port": free_port()})})
    with pytest.raises(PeerError, match="see that it reaches OVERREAD at port"):
        NodeArchive(elsewhere, ("CR", "DX"), Limits()).fetch(STUDY, tmp_path / "got")


def test_to_listen_beyond_this_machine_needs_tls_or_somebody_who_says_so() -> None:
    told = {"name": "a", "kind": "dicom", "host": "127.0.0.1", "ae_title": "A", "move": {"host": "0.0.0.0", "port": 9}}
    with pytest.raises(ValidationError, match="'move' listens beyond this machine"):
        DicomNode.model_validate(told)
    DicomNode.model_validate({**told, "allow_plain": True})
