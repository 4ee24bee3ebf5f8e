"""Storage commitment: a real Orthanc answers on a second association, a node of pynetdicom on the one that asked."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError
from pydicom import Dataset
from pydicom.uid import ComprehensiveSRStorage
from pynetdicom import AE, evt

from overread.errors import PeerError
from overread.peers.commitment import COMMITMENT, WELL_KNOWN, Named, _listening, _Mailbox, commitment_of
from overread.peers.records import Commitment, DicomNode
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from tests.delivering.conftest import Clock, node_peer, sender, states
from tests.delivering.test_orthanc import PROVEN, archived, objects
from tests.export.conftest import Read
from tests.peers.orthanc import Orthanc, free_port

__all__ = ["archived"]
NUMBERS = count(700)
OURS = [Named(ComprehensiveSRStorage, "2.25.4711")]
Answer = Callable[[Dataset], Dataset | None]
pytestmark = [
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]


def test_orthanc_answers_for_what_it_took(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, clock: Clock
) -> None:
    peer = node_peer(orthanc, commitment={"port": orthanc.our_port})
    for _ in range(2):
        sent = sender(room, clock, peer).send_case(archived.case_id, "archive")
        assert states(sent) == PROVEN, [entry.detail for entry in sent]
        assert all("storage commitment" in (entry.detail or "") for entry in sent)
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}


def test_orthanc_says_what_it_does_not_have(orthanc: Orthanc) -> None:
    peer = node_peer(orthanc)
    report = commitment_of(peer, Commitment(port=orthanc.our_port), OURS)
    assert report.committed == frozenset()
    assert report.failed == {"2.25.4711": 0x0112}  # no such object instance


@contextmanager
def archive(answer: Answer | None) -> Iterator[DicomNode]:
    """Take everything and report on the association that asked what `answer` makes of the request; None: nothing."""

    def asked(event: Any) -> tuple[int, None]:
        told = answer(event.action_information) if answer else None
        if told is not None:
            threading.Timer(0.2, report, (event.assoc, told)).start()  # once the answer to N-ACTION is out
        return 0x0000, None

    def report(link: Any, told: Dataset) -> None:
        kind = 2 if "FailedSOPSequence" in told else 1
        link.send_n_event_report(told, kind, COMMITMENT, WELL_KNOWN)

    entity = AE("ARCHIVE")
    entity.add_supported_context(COMMITMENT)
    entity.add_supported_context(ComprehensiveSRStorage)
    handlers = [(evt.EVT_N_ACTION, asked), (evt.EVT_C_STORE, lambda _event: 0x0000)]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    try:
        port = server.socket.getsockname()[1]
        yield DicomNode(name="archive", kind="dicom", host="127.0.0.1", port=port, ae_title="ARCHIVE", seconds=5)
    finally:
        server.shutdown()


def kept(request: Dataset) -> Dataset:
    told = Dataset()
    told.TransactionUID, told.ReferencedSOPSequence = request.TransactionUID, request.ReferencedSOPSequence
    return told


def lost(request: Dataset) -> Dataset:
    told, (item,) = Dataset(), request.ReferencedSOPSequence
    item.FailureReason = 0x0213
    told.TransactionUID, told.FailedSOPSequence = request.TransactionUID, [item]
    return told


def of_another(request: Dataset) -> Dataset:
    told = kept(request)
    told.TransactionUID = "2.25.1"
    return told


def test_a_report_on_the_association_that_asked_is_taken() -> None:
    with archive(kept) as node:
        report = commitment_of(node, Commitment(seconds=20), OURS)
    assert report.committed == {"2.25.4711"}


@pytest.mark.parametrize("answer", [None, of_another])
def test_without_a_report_on_what_was_asked_it_is_not_proven(answer: Answer | None) -> None:
    with archive(answer) as node, pytest.raises(PeerError, match="sent no report") as raised:
        commitment_of(node, Commitment(seconds=1), OURS)
    assert raised.value.kind == "not_proven"


def test_what_a_node_does_not_answer_for_is_sent_again_later(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    with archive(lost) as node:
        peer = node.model_copy(update={"commitment": Commitment(seconds=20)})
        (entry,) = sender(room, clock, peer).send_case(file.case_id, "archive", ["sr"])
    assert (entry.state, entry.trouble) == ("sent", "not_proven")
    assert "0x0213" in (entry.detail or "")
    assert not any(word in (entry.detail or "") for word in ("BERG", file.case.study.uid))


def test_a_node_without_the_service_is_told(orthanc: Orthanc) -> None:
    entity = AE("PLAIN")
    entity.add_supported_context(ComprehensiveSRStorage)
    server = entity.start_server(("127.0.0.1", 0), block=False)
    try:
        port = server.socket.getsockname()[1]
        node = DicomNode(name="plain", kind="dicom", host="127.0.0.1", port=port, ae_title="PLAIN")
        with pytest.raises(PeerError, match="plain"):
            commitment_of(node, Commitment(seconds=1), OURS)
    finally:
        server.shutdown()


def test_our_listener_lets_only_that_node_in_and_is_gone_afterwards() -> None:
    port = free_port()
    node = DicomNode(name="archive", kind="dicom", host="127.0.0.1", ae_title="ARCHIVE")
    with _listening(node, Commitment(port=port), _Mailbox("2.25.1")):
        for caller, called, let_in in (("ARCHIVE", "OVERREAD", True), ("STRANGER", "OVERREAD", False)):
            entity = AE(caller)
            entity.add_requested_context(COMMITMENT)
            link = entity.associate("127.0.0.1", port, ae_title=called)
            assert link.is_established is let_in
            if let_in:
                link.release()
        with (
            pytest.raises(PeerError, match="cannot listen"),
            _listening(node, Commitment(port=port), _Mailbox("2.25.2")),
        ):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_listening_beyond_this_machine_needs_tls_or_somebody_who_says_so() -> None:
    told = {
        "name": "a",
        "kind": "dicom",
        "host": "127.0.0.1",
        "ae_title": "A",
        "commitment": {"host": "0.0.0.0", "port": 1},
    }
    with pytest.raises(ValidationError, match="beyond this machine"):
        DicomNode.model_validate(told)
    DicomNode.model_validate({**told, "allow_plain": True})
    DicomNode.model_validate({**told, "commitment": {"host": "0.0.0.0"}})
