"""Orders as HL7 v2: what is read of them, once each, and joined to studies; what is broken is kept aside and told."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.errors import UsageError
from overread.hl7v2.answer import read_answer
from overread.receiving.hl7_desk import Hl7Desk
from overread.receiving.hl7_folder import take_folder
from overread.receiving.hl7_order import Hl7Orders
from overread.receiving.order_source import FoundOrder
from overread.receiving.watch_folder import WatchFolder
from overread.records import Order
from overread.settings import Hl7
from overread.store.home import Home
from tests.hl7v2.messages import ACCESSION, order, report
from tests.needs import require
from tests.receiving.stage import SECRET_ID, SECRET_NAME, film, room_of, run
from tests.receiving.test_orders import ANN, WANTED, asked

require("hl7")

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def desk(any_home: Home) -> Hl7Desk:
    return Hl7Desk(any_home.hl7, Hl7(), lambda: NOW)


def test_an_order_is_acknowledged_and_found_by_number_and_by_patient(any_home: Home, desk: Hl7Desk) -> None:
    taken = desk.take(order())
    assert (taken.became, taken.kind, read_answer(taken.answer)) == ("taken", "ORM^O01", ("AA", "M1", ""))
    orders = Hl7Orders(any_home.hl7)
    assert orders.find(asked(ACCESSION)) == [FoundOrder(WANTED, ANN)]
    assert orders.find(asked()) == [FoundOrder(WANTED, ANN)]
    assert orders.find(asked("other")) == []


@pytest.mark.parametrize(
    ("kind", "extra"),
    [("OMG^O19", ""), ("OMI^O23", f"IPC|{ACCESSION}|RP1|2.25.7|SPS1|DX\r")],
)
def test_newer_orders_of_imaging_are_read_as_well(any_home: Home, desk: Hl7Desk, kind: str, extra: str) -> None:
    assert desk.take(order(kind=kind, extra=extra)).became == "taken"
    assert Hl7Orders(any_home.hl7).find(asked(ACCESSION)) == [FoundOrder(WANTED, ANN)]


def test_the_same_control_id_again_does_nothing(any_home: Home, desk: Hl7Desk) -> None:
    desk.take(order())
    again = desk.take(order(at="20250601094500"))  # sent again, with its own time put anew
    assert (again.became, again.code) == ("repeated", "AA")
    assert len(any_home.hl7.messages()) == 1
    assert len(Hl7Orders(any_home.hl7).find(asked(ACCESSION))) == 1
    assert len([link for link in any_home.cases.audit.links() if link.actor == "hl7"]) == 1


def test_other_content_under_a_control_id_is_told_and_kept_aside(any_home: Home, desk: Hl7Desk) -> None:
    desk.take(order())
    other = desk.take(order(reason="^cough"))
    assert (other.became, read_answer(other.answer)) == ("aside", ("AE", "M1", "205"))
    assert any_home.hl7.content(other.message_id) == order(reason="^cough")
    assert Hl7Orders(any_home.hl7).find(asked(ACCESSION)) == [FoundOrder(WANTED, ANN)]


def test_a_changed_order_takes_the_place_of_the_first_and_an_older_message_does_not(
    any_home: Home, desk: Hl7Desk
) -> None:
    desk.take(order("M1"))
    desk.take(order("M2", control="XO", reason="^cough", at="20250601100000"))
    desk.take(order("M3", control="XO", reason="^fever", at="20250601095900"))
    (found,) = Hl7Orders(any_home.hl7).find(asked(ACCESSION))
    assert found.order.indication == "cough"
    desk.take(order("M4", control="CA", at="20250601101000"))
    assert Hl7Orders(any_home.hl7).find(asked(ACCESSION)) == []


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (order(kind="ADT^A01"), "AR", "MSH-9"),
        (order(processing="T"), "AR", "MSH-11"),
        (order().replace(b"PID|", b"ZZZ|"), "AE", "PID"),
        (order().replace(b"OBR|", b"ZZZ|"), "AE", "OBR"),
        (order(accession="", placer=""), "AE", "number"),
        (order() + order("M2"), "AR", "2 came"),
        (order(extra="PID|2||8^^^^MR||BERG^BOB\rORC|NW|P-10\rOBR|1|P-10|ACC-4712\r"), "AE", "several patients"),
        (report(extra="PID|2||8^^^^MR||BERG^BOB\rOBR|2|P-10|ACC-4712\r"), "AE", "several patients"),
        (order().replace(b"dyspnea", b"\xff"), "AE", "MSH-18"),
        (b"garbage BERG", "AR", "MSH"),
    ],
)
def test_a_broken_message_is_kept_aside_once_and_told_without_a_quote(
    any_home: Home, desk: Hl7Desk, content: bytes, code: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    taken = desk.take(content)
    desk.take(content)
    assert (taken.became, taken.code) == ("aside", code)
    assert reason in (taken.reason or "")
    (row,) = any_home.hl7.messages("aside")
    assert any_home.hl7.content(row.id) == content
    told = f"{taken.reason} {row.reason} {taken.answer.decode()} {caplog.text}"
    assert not any(word in told for word in ("BERG", SECRET_ID, ACCESSION))


def test_one_patient_who_is_named_twice_is_one(desk: Hl7Desk) -> None:
    pid = order().split(b"\r")[1].decode()
    assert desk.take(order(extra=f"{pid}\r")).became == "taken"


def test_what_was_refused_may_be_put_right_under_its_control_id(any_home: Home, desk: Hl7Desk) -> None:
    assert desk.take(order().replace(b"OBR|", b"ZZZ|")).became == "aside"
    assert desk.take(order()).became == "taken"
    assert Hl7Desk(any_home.hl7, Hl7(processing=("P", "T"))).take(order("M2", processing="T")).became == "taken"


def test_a_study_gets_the_order_that_came_before_it(tmp_path: Path) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    film(tmp_path / "inbox" / "b", study="2.25.41", AccessionNumber=ACCESSION, PatientID="8")
    with room_of(tmp_path / "home") as room:
        Hl7Desk(room.home.hl7, Hl7()).take(order())
        run(room, WatchFolder(tmp_path / "inbox", 0.0), orders=[Hl7Orders(room.home.hl7)])
        found = {row.study_uid: room.file(row.case_id).case for row in room.worklist()}
    assert sorted(case.order != Order() for case in found.values()) == [False, True]
    assert WANTED in [case.order for case in found.values()]
    assert "another patient" in " ".join(found["2.25.41"].input_notes)


def test_an_order_may_lie_beside_the_study(tmp_path: Path) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    (tmp_path / "inbox" / "a.order.hl7").write_bytes(order().replace(b"\r", b"\r\n"))
    with room_of(tmp_path / "home") as room:
        (received,), _ = run(room, WatchFolder(tmp_path / "inbox", 0.0))
        assert room.file(received.case_id or "").case.order == WANTED
    assert received.order == "attached"


def test_an_order_beside_a_study_that_cannot_be_read_fails_without_a_quote(tmp_path: Path) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    (tmp_path / "inbox" / "a.order.hl7").write_bytes(order(control="CA"))
    with room_of(tmp_path / "home") as room:
        (received,), _ = run(room, WatchFolder(tmp_path / "inbox", 0.0))
    assert (received.outcome, "0 open orders" in (received.error or "")) == ("failed", True)
    assert SECRET_NAME not in (received.error or "")


def test_a_folder_is_taken_once_and_marked(tmp_path: Path, any_home: Home, desk: Hl7Desk) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.hl7").write_bytes(order("1") + order("2", placer="P-10"))
    (folder / "b.hl7").write_bytes(order("3", kind="ADT^A01"))
    (folder / "c.hl7").write_bytes(order("4"))
    (folder / "c.hl7.lock").touch()
    assert [each.became for each in take_folder(folder, desk, Hl7())] == ["taken", "taken", "aside"]
    assert list(take_folder(folder, desk, Hl7())) == []
    assert sorted(path.name for path in folder.iterdir()) == [
        "a.hl7", "a.hl7.processed", "b.hl7", "b.hl7.error", "c.hl7", "c.hl7.lock",
    ]  # fmt: skip
    marks = "".join(path.read_text() for path in (folder / "a.hl7.processed", folder / "b.hl7.error"))
    assert SECRET_ID not in marks
    (folder / "a.hl7.processed").unlink()
    assert [each.became for each in take_folder(folder, desk, Hl7())] == ["repeated", "repeated"]
    with pytest.raises(UsageError, match="not there"):
        list(take_folder(folder / "none", desk, Hl7()))
