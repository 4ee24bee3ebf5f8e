"""Reports to a reporting system by MLLP and into a folder: once, retried, proven by AA to our control id."""

from itertools import count
from pathlib import Path

import pytest

from overread.hl7v2.header import header_of
from overread.peers.check import check
from overread.peers.records import Hl7Folder, MllpNode
from overread.reading_room import ReadingRoom
from tests.delivering.conftest import Clock, sender
from tests.export.conftest import Read
from tests.needs import require
from tests.peers.mllp_server import Respond, acknowledge, reporting_system
from tests.peers.test_check import closed_port

require("hl7")

NUMBERS = count(610)


def node(port: int, **more: object) -> MllpNode:
    about = {"name": "ris", "kind": "mllp", "host": "127.0.0.1", "port": port, "application": "RIS", "seconds": 2}
    return MllpNode.model_validate({**about, **more})


def test_a_report_is_proven_by_its_acknowledgement(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    with reporting_system(acknowledge()) as system:
        peer = node(system.port, facility="HOSP", our_facility="XR")
        (entry,) = sender(room, clock, peer).send_case(file.case_id, "ris")
        assert check(peer) == "takes connections"
    (content,) = [each for each in system.got if each]
    header = header_of(content)
    assert (entry.state, entry.what.kind, entry.detail) == ("proven", "hl7", f"AA to {header.control_id}")
    assert (header.application, header.facility, header.kind) == ("OVERREAD", "XR", "ORU")
    assert content.split(b"|")[4:6] == [b"RIS", b"HOSP"]


@pytest.mark.parametrize(
    ("respond", "state", "trouble"),
    [
        (acknowledge("AE"), "failed", "refused"),
        (acknowledge("AR", error="200"), "failed", "refused"),
        (acknowledge("AE", error="207"), "pending", "unavailable"),
        (acknowledge("CA"), "sent", "not_proven"),
        (acknowledge(control_id="another"), "pending", "bad_answer"),
        (lambda content: b"nonsense", "pending", "bad_answer"),
        (lambda content: content, "pending", "bad_answer"),
        (lambda content: None, "pending", "no_answer"),
    ],
)
def test_what_a_system_answers_decides_what_becomes_of_it(
    room: ReadingRoom, read: Read, clock: Clock, respond: Respond, state: str, trouble: str
) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    with reporting_system(respond) as system:
        (entry,) = sender(room, clock, node(system.port)).send_case(file.case_id, "ris")
    assert (entry.state, entry.trouble) == (state, trouble)
    assert "BERG" not in (entry.detail or "")


def test_sent_again_after_no_answer_it_is_the_same_message(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    silent = True

    def respond(content: bytes) -> bytes | None:
        return None if silent else acknowledge()(content)

    with reporting_system(respond) as system:
        sending = sender(room, clock, node(system.port))
        (entry,) = sending.send_case(file.case_id, "ris")
        assert (entry.state, entry.trouble) == ("pending", "no_answer")
        silent = False
        assert sending.send(entry.id).state == "proven"
        assert sending.send(entry.id).attempts == 2, "what is proven is not sent again"
    assert len(system.got) == 2
    assert system.got[0] == system.got[1]


def test_a_system_that_is_down_is_tried_later(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    (entry,) = sender(room, clock, node(closed_port())).send_case(file.case_id, "ris")
    assert (entry.state, entry.trouble) == ("pending", "not_reached")


def test_beyond_this_machine_mllp_needs_tls_or_a_word() -> None:
    with pytest.raises(ValueError, match="allow_plain"):
        node(2575, host="10.0.0.5")
    assert node(2575, host="10.0.0.5", allow_plain=True).where == "10.0.0.5:2575"


def test_into_a_folder_it_is_one_whole_file(room: ReadingRoom, read: Read, clock: Clock, tmp_path: Path) -> None:
    file = read(next(NUMBERS), PatientName="BERG^ANN")
    peer = Hl7Folder(name="drop", kind="hl7-folder", path=tmp_path / "drop")
    sending = sender(room, clock, peer)
    (entry,) = sending.send_case(file.case_id, "drop")
    assert (entry.state, entry.trouble) == ("pending", "not_reached")
    peer.path.mkdir()
    assert sending.send(entry.id).state == "proven"
    (path,) = peer.path.iterdir()
    assert path.name == f"{header_of(path.read_bytes()).control_id}.hl7"
    assert check(peer) == "can be written"
