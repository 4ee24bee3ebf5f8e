"""Orders that come after their study: a draft is read again with them, a signed report stays, its signer is told."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from overread.peers.records import FhirServer
from overread.reading_room import ReadingRoom
from overread.receiving.fhir_order import FhirOrders
from overread.receiving.hl7_desk import Hl7Desk
from overread.receiving.hl7_order import Hl7Orders
from overread.receiving.late_orders import LateOrders
from overread.receiving.order_source import OrderSource
from overread.receiving.watch_folder import WatchFolder
from overread.receiving.worklist import WorklistOrders
from overread.records import CaseFile, Order, Received
from overread.settings import Hl7
from overread.signing import Addition, Signer
from tests.graphs.processes import run as in_a_process
from tests.graphs.rooms import sign_all
from tests.hl7v2.messages import ACCESSION, order
from tests.needs import require
from tests.peers.orthanc import Orthanc
from tests.peers.servers import Asked as Request
from tests.peers.servers import answer, web
from tests.receiving.child import join_late
from tests.receiving.stage import film, room_of, run
from tests.receiving.test_orders import PATIENT, REQUEST, WANTED, bundle, expected, node

require("hl7")

DR_A = Signer(name="Dr A", at=datetime(2025, 6, 2, tzinfo=UTC))
OF_ANOTHER = (
    "Identity alert: the order is of another patient (another patient ID) than the images and was not attached."
)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(tmp_path / "home") as opened:
        run(opened, WatchFolder(tmp_path / "inbox", 0.0), orders=[Hl7Orders(opened.home.hl7)])
        yield opened


def told(room: ReadingRoom, *messages: bytes) -> None:
    for message in messages:
        assert Hl7Desk(room.home.hl7, Hl7()).take(message).became == "taken"


def look(room: ReadingRoom, folder: Path, orders: Sequence[OrderSource] = ()) -> list[Received]:
    """Receive once more from the folder, where nothing is new."""
    found, _ = run(room, WatchFolder(folder / "inbox", 0.0), orders=[Hl7Orders(room.home.hl7), *orders], late=True)
    return found


def newest(room: ReadingRoom) -> CaseFile:
    (row,) = room.worklist()
    return room.file(row.case_id)


def signed(room: ReadingRoom) -> CaseFile:
    file = newest(room)
    return room.decide(file.case_id, sign_all(file))


def outcomes(room: ReadingRoom) -> list[dict[str, object]]:
    links = room.home.cases.audit.links()
    return [json.loads(link.detail) for link in links if json.loads(link.detail).get("source") == "late order"]


def said(file: CaseFile) -> str:
    assert file.draft is not None
    return " ".join(statement.text for statement in file.draft.statements)


def test_the_draft_that_waits_is_read_again_with_its_order_once(room: ReadingRoom, tmp_path: Path) -> None:
    before = newest(room)
    assert before.case.order == Order()
    assert look(room, tmp_path) == []
    told(room, order())
    (received,) = look(room, tmp_path)
    after = newest(room)
    assert (received.outcome, received.became, received.order) == ("late_order", "next_read", "attached")
    assert (received.before, received.case_id, received.changes) == (before.case_id, after.case_id, ("order",))
    assert (after.status, after.case.order) == ("awaiting_review", WANTED)
    assert after.case.study == before.case.study
    assert room.store.row(before.case_id).replaced_by == after.case_id
    assert "Pneumothorax?" in said(after)
    assert "Pneumothorax?" not in said(before)
    assert room.store.row(after.case_id).priority == "STAT"
    assert look(room, tmp_path) == []
    assert outcomes(room) == [
        {"source": "late order", "outcome": "late_order", "became": "next_read", "before": before.case_id,
         "changes": ["order"], "order": "attached"}
    ]  # fmt: skip


def test_the_study_sent_again_is_the_read_with_its_order(room: ReadingRoom, tmp_path: Path) -> None:
    told(room, order())
    look(room, tmp_path)
    (tmp_path / "inbox" / "a.processed").unlink()
    (received,) = look(room, tmp_path)
    assert (received.outcome, received.case_id) == ("duplicate", newest(room).case_id)


def test_an_order_that_comes_in_time_is_no_late_one(tmp_path: Path) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(tmp_path / "home") as room:
        told(room, order())
        assert [each.outcome for each in look(room, tmp_path)] == ["new_study"]
        assert (newest(room).case.order, outcomes(room)) == (WANTED, [])


def test_a_signed_report_stays_and_its_signer_is_told_once(room: ReadingRoom, tmp_path: Path) -> None:
    before = signed(room)
    told(room, order())
    (received,) = look(room, tmp_path)
    assert (received.outcome, received.became, received.case_id) == ("late_order", "told", before.case_id)
    assert look(room, tmp_path) == []
    after = newest(room)
    check, first = after.after_signature, before.after_signature
    assert check is not None
    assert first is not None
    assert after.model_copy(update={"after_signature": None}) == before.model_copy(update={"after_signature": None})
    assert check.notices[:-1] == first.notices
    assert (check.notices[-1].kind, "question: Pneumothorax?" in check.notices[-1].message) == ("late_order", True)
    assert [(each.what, each.case_id) for each in room.home.assignments.handovers("Dr A")] == [
        ("late_order", before.case_id)
    ]
    assert [each["became"] for each in outcomes(room)] == ["told"]
    room.follow(before.case_id, Addition(text="The order asked for a pneumothorax: there is none."), DR_A, None)
    assert "late_order" in [each.kind for each in newest(room).after_signature.notices]  # type: ignore[union-attr]
    assert look(room, tmp_path) == []


def test_an_order_of_another_patient_is_refused_and_said_in_the_draft(room: ReadingRoom, tmp_path: Path) -> None:
    told(room, order(patient="8"))
    (received,) = look(room, tmp_path)
    file = newest(room)
    assert (received.outcome, received.order, received.changes) == ("late_order", "mismatch", ())
    assert (file.case.order, OF_ANOTHER in file.case.input_notes) == (Order(), True)
    assert OF_ANOTHER in said(file)
    assert look(room, tmp_path) == [], "it is told once"
    told(room, order("M2", patient="8", control="CA", at="20250601100000"), order("M3", placer="P-10"))
    (received,) = look(room, tmp_path)
    file = newest(room)
    assert (received.order, file.case.order, OF_ANOTHER in file.case.input_notes) == ("attached", WANTED, False)


def test_one_of_another_patient_after_the_signature_is_told_the_signer(room: ReadingRoom, tmp_path: Path) -> None:
    before = signed(room)
    told(room, order(patient="8"))
    (received,) = look(room, tmp_path)
    assert (received.became, received.order) == ("told", "mismatch")
    after = newest(room)
    assert (after.case_id, after.final) == (before.case_id, before.final)
    assert [each.message for each in after.after_signature.notices][-1] == OF_ANOTHER  # type: ignore[union-attr]
    assert look(room, tmp_path) == []


def test_what_a_person_ended_or_another_number_is_left_alone(room: ReadingRoom, tmp_path: Path) -> None:
    told(room, order(accession="other"))
    assert look(room, tmp_path) == []
    file = newest(room)
    room.decide(file.case_id, sign_all(file, decision="reject"))
    told(room, order("M2"))
    assert look(room, tmp_path) == []
    assert room.store.row(file.case_id).status == "rejected"


def test_a_fhir_server_is_asked_again_for_what_has_none(room: ReadingRoom, tmp_path: Path) -> None:
    placed: list[dict[str, Any]] = []

    def respond(handler: BaseHTTPRequestHandler, request: Request) -> None:
        answer(handler, 200, json.dumps(bundle(*placed)).encode(), "application/fhir+json")

    with web(respond) as (url, _):
        orders = [FhirOrders(FhirServer.model_validate({"name": "ris", "kind": "fhir", "url": url}))]
        assert look(room, tmp_path, orders) == []
        placed += [REQUEST, PATIENT]
        (received,) = look(room, tmp_path, orders)
        assert (received.order, newest(room).case.order) == ("attached", WANTED)


def test_a_worklist_is_asked_again_for_what_has_none(room: ReadingRoom, orthanc: Orthanc, tmp_path: Path) -> None:
    require("pynetdicom")
    orders = [WorklistOrders(node(orthanc))]
    assert look(room, tmp_path, orders) == []
    orthanc.expect(expected(ACCESSION))
    (received,) = look(room, tmp_path, orders)
    assert (received.order, newest(room).case.order) == ("attached", WANTED)
    assert look(room, tmp_path, orders) == [], "asked again, the order is joined already"


def test_a_system_that_is_away_stops_nothing(room: ReadingRoom, tmp_path: Path) -> None:
    away = FhirOrders(FhirServer.model_validate({"name": "ris", "kind": "fhir", "url": "http://127.0.0.1:9"}))
    notes: list[str] = []
    late = LateOrders(room, [Hl7Orders(room.home.hl7), away], asked=True)
    now = datetime.now(UTC)
    notes += late.join(now, Event(), lambda received: pytest.fail("nothing is known"))
    assert ["'ris'" in note and ACCESSION not in note for note in notes] == [True]
    told(room, order())
    got: list[Received] = []
    assert list(late.join(now, Event(), got.append)) == [], "what came as HL7 is seen although it is away"
    assert [each.order for each in got] == ["attached"]


@pytest.mark.parametrize("point", ["before join", "after join", "before read"])
def test_a_kill_loses_no_order_and_joins_none_twice(tmp_path: Path, point: str) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(tmp_path / "home") as room:
        run(room, WatchFolder(tmp_path / "inbox", 0.0))
        told(room, order())
    assert in_a_process(join_late, tmp_path / "home", tmp_path / "inbox", point) == -9
    assert in_a_process(join_late, tmp_path / "home", tmp_path / "inbox", point) == 0
    with room_of(tmp_path / "home") as room:
        file = newest(room)
        assert (file.status, file.case.order) == ("awaiting_review", WANTED)
        assert len(outcomes(room)) == 1
        assert len(room.store.rows()) == 2
