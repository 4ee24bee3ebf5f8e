"""Objects into a real Orthanc: in the study that they are of, each once, whatever is repeated or dies."""

import signal
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from pydicom import dcmread

from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.signing import Addition, Signer
from tests.delivering.child import POINTS, send_all
from tests.delivering.conftest import Clock, node_peer, sender, states, web_peer
from tests.export.conftest import Read
from tests.graphs import processes
from tests.graphs.rooms import sign_all
from tests.peers.orthanc import Orthanc
from tests.peers.relay import Cut, relay

NUMBERS = count(100)
PROVEN = {"sr": "proven", "seg": "proven", "pdf-dicom": "proven"}


def objects(orthanc: Orthanc, file: CaseFile) -> dict[str, int]:
    """Count what the server has in the study of a case, by modality, as QIDO-RS finds it."""
    with orthanc.client() as client:
        path = f"/dicom-web/studies/{file.case.study.uid}/instances"
        answer = client.get(path, headers={"accept": "application/dicom+json"})
    found: dict[str, int] = {}
    for item in answer.json():
        modality = item["00080060"]["Value"][0]
        found[modality] = found.get(modality, 0) + 1
    return found


@pytest.fixture
def archived(read: Read, orthanc: Orthanc, tmp_path: Path) -> CaseFile:
    """A case whose image the server has."""
    file = read(next(NUMBERS), PatientName="BERG^ANN", PatientID="77")
    orthanc.store(*tmp_path.glob("study-*/*.dcm"))
    assert objects(orthanc, file) == {"DX": 1}
    return file


def test_a_signed_report_is_found_in_the_study_of_its_image_and_a_repeat_changes_nothing(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock
) -> None:
    room.decide(archived.case_id, sign_all(archived, "Dr A"))
    sending = sender(room, clock, web_peer(orthanc.dicomweb, password))
    sent = sending.send_case(archived.case_id, "pacs")
    assert states(sent) == PROVEN
    assert {entry.what.version for entry in sent} == {1}
    assert all("QIDO-RS" in (entry.detail or "") for entry in sent)
    assert len(orthanc.studies()) == 1
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}
    assert states(sending.send_case(archived.case_id, "pacs")) == PROVEN
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}


def test_draft_then_signature_then_addendum_are_a_document_each(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock
) -> None:
    sending = sender(room, clock, web_peer(orthanc.dicomweb, password))
    sending.send_case(archived.case_id, "pacs", ["sr"])
    room.decide(archived.case_id, sign_all(archived, "Dr A"))
    sending.send_case(archived.case_id, "pacs", ["sr"])
    room.follow(archived.case_id, Addition("The ward knows."), Signer("Dr B", datetime.now(UTC)), None)
    sending.send_case(archived.case_id, "pacs", ["sr"])
    assert objects(orthanc, archived) == {"DX": 1, "SR": 3}


@pytest.mark.parametrize("point", POINTS)
def test_a_sender_that_is_killed_anywhere_loses_and_doubles_nothing(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, tmp_path: Path, clock: Clock, point: str
) -> None:
    peer = web_peer(orthanc.dicomweb, password)
    sender(room, clock, peer)
    queued(room, archived, peer)
    told = (room.home.root, archived.case_id, peer.model_dump_json(), tmp_path, point)
    assert processes.run(send_all, *told) == -signal.SIGKILL
    assert processes.run(send_all, *told) == 0
    assert states(room.home.outbox.entries(case_id=archived.case_id)) == PROVEN
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}
    assert not any((room.home.root / "outgoing").iterdir())


def test_an_archive_that_is_killed_meanwhile_has_everything_once_when_it_is_back(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock
) -> None:
    peer = web_peer(orthanc.dicomweb, password)
    sending = sender(room, clock, peer)
    assert states(sending.send_case(archived.case_id, "pacs", ["sr"])) == {"sr": "proven"}
    orthanc.kill()
    try:
        down = sending.send_case(archived.case_id, "pacs", ["seg", "pdf-dicom"])
        assert states(down) == {"seg": "pending", "pdf-dicom": "pending"}
        assert {entry.trouble for entry in down} == {"not_reached"}
        assert "BERG" not in "".join(entry.detail or "" for entry in down)
    finally:
        orthanc.start()
    assert mine(sending.send_due(), archived) == {}  # not yet
    clock.forward(16)
    assert mine(sending.send_due(), archived) == {"seg": "proven", "pdf-dicom": "proven"}
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("cut", ["object", "answer"])
@pytest.mark.parametrize("kind", ["dicomweb", "dicom"])
def test_an_archive_that_is_killed_inside_a_transfer_has_the_object_once(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock, kind: str, cut: Cut
) -> None:
    web = kind == "dicomweb"
    # A POST of some kilobytes is STOW-RS; PDU type 1 asks for an association, and C-STORE follows on it.
    port, begins = (orthanc.http_port, b"POST ") if web else (orthanc.dicom_port, b"\x01")
    with relay(port, cut, after=3000, sent=begins, then=orthanc.kill) as between:
        address = f"http://127.0.0.1:{between.port}/dicom-web"
        peer = web_peer(address, password) if web else node_peer(orthanc, port=between.port)
        sending = sender(room, clock, peer)
        try:
            (down,) = sending.send_case(archived.case_id, peer.name, ["sr"])
            assert between.was_cut
            assert (down.state, down.trouble) == ("pending", "no_answer")
        finally:
            orthanc.start()
        clock.forward(16)
        assert mine(sending.send_due(), archived) == {"sr": "proven"}
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1}


def test_another_object_under_the_same_uid_is_told_and_not_overwritten(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock, tmp_path: Path
) -> None:
    from overread.export._case import export_of, write_kinds, writers

    export = export_of(room.home, archived.case_id, "always")
    (written,) = write_kinds(export, writers(["sr"]), tmp_path / "out")
    other = dcmread(written.files[0])
    other.SeriesDescription = "something else"
    other.save_as(tmp_path / "other.dcm")
    orthanc.store(tmp_path / "other.dcm")
    sending = sender(room, clock, web_peer(orthanc.dicomweb, password))
    (entry,) = sending.send_case(archived.case_id, "pacs", ["sr"])
    assert (entry.state, entry.trouble) == ("failed", "conflict")
    with orthanc.client() as client:
        (series,) = client.post(
            "/tools/find", json={"Level": "Series", "Query": {"Modality": "SR"}, "Expand": True}
        ).json()
    assert series["MainDicomTags"]["SeriesDescription"] == "something else"


def test_what_the_archive_put_right_of_the_patient_is_no_conflict(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, password: Path, clock: Clock, tmp_path: Path
) -> None:
    from overread.export._case import export_of, write_kinds, writers

    (written,) = write_kinds(export_of(room.home, archived.case_id, "always"), writers(["sr"]), tmp_path / "out")
    other = dcmread(written.files[0])
    other.PatientName = "BERG^ANNA"
    other.save_as(tmp_path / "other.dcm")
    orthanc.store(tmp_path / "other.dcm")
    sending = sender(room, clock, web_peer(orthanc.dicomweb, password))
    assert states(sending.send_case(archived.case_id, "pacs", ["sr"])) == {"sr": "proven"}


def test_a_wrong_password_waits_for_a_person(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, tmp_path: Path, password: Path, clock: Clock
) -> None:
    (tmp_path / "wrong").write_text("wrong")
    sending = sender(room, clock, web_peer(orthanc.dicomweb, tmp_path / "wrong"))
    (entry,) = sending.send_case(archived.case_id, "pacs", ["sr"])
    assert (entry.state, entry.trouble) == ("failed", "unauthorized")
    sending = sender(room, clock, web_peer(orthanc.dicomweb, password))
    room.home.outbox.retry(entry.id, clock())
    assert sending.send(entry.id).state == "proven"


def test_a_node_without_dicomweb_gets_it_by_c_store_and_c_find_proves_it(
    room: ReadingRoom, archived: CaseFile, orthanc: Orthanc, clock: Clock
) -> None:
    sending = sender(room, clock, node_peer(orthanc))
    for _ in range(2):
        sent = sending.send_case(archived.case_id, "archive")
        assert states(sent) == PROVEN
        assert all("C-FIND" in (entry.detail or "") for entry in sent)
    assert objects(orthanc, archived) == {"DX": 1, "SR": 1, "SEG": 1, "DOC": 1}


def queued(room: ReadingRoom, file: CaseFile, *peers: object) -> None:
    from overread.queueing import outgoing_to

    entries = [item for peer in peers for item in outgoing_to(room.file(file.case_id), peer)]  # type: ignore[arg-type]
    room.home.outbox.add(entries, datetime.now(UTC))


def mine(entries: list, file: CaseFile) -> dict[str, str]:  # type: ignore[type-arg]
    return states([entry for entry in entries if entry.what.case_id == file.case_id])
