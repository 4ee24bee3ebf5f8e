"""Orders: from a file beside the study, a FHIR server and a modality worklist; joined by number and patient."""

import json
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydicom import Dataset

from overread.errors import PeerError, UsageError
from overread.imaging import PatientIdentity
from overread.peers.records import DicomNode, FhirServer
from overread.receiving.fhir_order import FhirOrders, orders_of
from overread.receiving.order_file import order_in
from overread.receiving.order_source import Asked, FoundOrder, join
from overread.receiving.watch_folder import WatchFolder
from overread.receiving.worklist import MODALITY_WORKLIST, WorklistOrders
from overread.records import Order
from tests.needs import require
from tests.peers.orthanc import AE_TITLE, Orthanc
from tests.peers.servers import Asked as Request
from tests.peers.servers import answer, web
from tests.receiving.stage import SECRET_ID, STUDY, film, room_of, run

ACCESSION = "ACC-4711"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"value": SECRET_ID}],
    "name": [{"family": "BERG", "given": ["ANNCANARY"]}],
    "birthDate": "1960-01-01",
    "gender": "female",
}
REQUEST = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "status": "active",
    "intent": "order",
    "identifier": [
        {"type": {"coding": [{"code": "ACSN"}]}, "value": ACCESSION},
        {"type": {"coding": [{"code": "PLAC"}]}, "value": "9"},
    ],
    "priority": "stat",
    "code": {"coding": [{"code": "36643-5", "display": "Chest X-ray 2 views"}]},
    "reasonCode": [{"text": "dyspnea"}],
    "note": [{"text": "Pneumothorax?"}],
    "subject": {"reference": "Patient/p1"},
}
WANTED = Order(
    accession_number=ACCESSION,
    indication="dyspnea",
    question="Pneumothorax?",
    priority="STAT",
    requested_procedure="Chest X-ray 2 views",
)
ANN = PatientIdentity(patient_id=SECRET_ID, name="BERG^ANNCANARY", birth_date="19600101", sex="F")


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": each} for each in resources]}


def asked(*numbers: str, identity: PatientIdentity = ANN) -> Asked:
    return Asked(frozenset(numbers), identity)


def test_a_service_request_becomes_an_order_of_its_patient() -> None:
    assert orders_of(bundle(REQUEST, PATIENT)) == [FoundOrder(WANTED, ANN)]
    contained = {**REQUEST, "contained": [PATIENT], "subject": {"reference": "#p1"}}
    assert orders_of(contained) == [FoundOrder(WANTED, ANN)]
    assert orders_of(bundle({**REQUEST, "status": "revoked"}, PATIENT)) == []


@pytest.mark.parametrize("content", [[], {}, {"resourceType": "Patient"}, {**REQUEST, "identifier": "4711"}])
def test_what_is_no_order_is_refused_without_quoting_it(content: Any) -> None:
    with pytest.raises(UsageError) as raised:
        orders_of(content)
    assert "4711" not in str(raised.value)


@pytest.mark.parametrize(
    ("numbers", "found", "how"),
    [
        ((ACCESSION,), [FoundOrder(WANTED, ANN)], "attached"),
        ((), [FoundOrder(WANTED, ANN)], "attached"),
        (("other",), [FoundOrder(WANTED, ANN)], None),
        ((), [], None),
        ((ACCESSION,), [FoundOrder(WANTED, ANN), FoundOrder(WANTED, ANN)], "attached"),
        ((), [FoundOrder(WANTED, ANN), FoundOrder(Order(indication="else"), ANN)], "ambiguous"),
        ((ACCESSION,), [FoundOrder(WANTED, ANN.model_copy(update={"patient_id": "8"}))], "mismatch"),
        ((ACCESSION,), [FoundOrder(WANTED, ANN.model_copy(update={"birth_date": "19610101"}))], "mismatch"),
    ],
)
def test_an_order_is_joined_by_number_and_patient(
    numbers: tuple[str, ...], found: Sequence[FoundOrder], how: str | None
) -> None:
    joined = join(asked(*numbers), found)
    assert joined.how == how
    assert (joined.order == WANTED) == (how == "attached")
    assert ("Identity alert" in " ".join(joined.notes)) == (how == "mismatch")


def test_an_order_beside_the_study_is_attached_and_one_of_another_patient_is_told(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    film(inbox / "a", AccessionNumber=ACCESSION)
    (inbox / "a.order.json").write_text(json.dumps(bundle(REQUEST, PATIENT)))
    film(inbox / "b", study="2.25.41", AccessionNumber=ACCESSION, PatientID="8")
    (inbox / "b.order.json").write_text(json.dumps(bundle(REQUEST, PATIENT)))
    film(inbox / "c", study="2.25.42", AccessionNumber="other")
    (inbox / "c.order.yaml").write_text(f"accession_number: {ACCESSION}\nindication: cough\n")
    with room_of(tmp_path / "home") as room:
        run(room, WatchFolder(inbox, 0.0))
        files = {row.study_uid: room.file(row.case_id).case for row in room.worklist()}
        told = {path.stem: json.loads(path.read_text())["order"] for path in inbox.glob("*.processed")}
    a, b, c = (files[uid] for uid in (STUDY, "2.25.41", "2.25.42"))
    assert told == {"a": "attached", "b": "mismatch", "c": "mismatch"}
    assert [each.order for each in (a, b, c)] == [WANTED, Order(), Order()]
    assert "another patient" in " ".join(b.input_notes)
    assert "another accession number" in " ".join(c.input_notes)
    assert SECRET_ID not in " ".join(b.input_notes)


def test_a_fhir_server_is_asked_without_a_number_in_the_address(tmp_path: Path) -> None:
    def respond(handler: BaseHTTPRequestHandler, request: Request) -> None:
        wanted = parse_qs(request.body.decode())["identifier"] == [ACCESSION]
        body = bundle(REQUEST, PATIENT) if wanted else bundle()
        answer(handler, 200, json.dumps(body).encode(), "application/fhir+json")

    with web(respond) as (url, requests):
        orders = FhirOrders(FhirServer.model_validate({"name": "ris", "kind": "fhir", "url": url}))
        assert orders.find(asked(ACCESSION)) == [FoundOrder(WANTED, ANN)]
        assert orders.find(asked("other")) == []
        assert orders.find(asked()) == []
        assert {(each.method, each.path) for each in requests} == {("POST", "/ServiceRequest/_search")}
        film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
        with room_of(tmp_path / "home") as room:
            (received,), _ = run(room, WatchFolder(tmp_path / "inbox", 0.0), orders=[orders])
            row = room.store.row(received.case_id or "")
    assert (received.order, row.priority) == ("attached", "STAT")


def expected(number: str, patient: str = SECRET_ID, **more: str) -> Dataset:
    """An entry of a modality worklist."""
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 192"
    item.AccessionNumber, item.PatientID, item.PatientName = number, patient, "BERG^ANNCANARY"
    item.PatientBirthDate, item.PatientSex = "19600101", "F"
    item.RequestedProcedureDescription = "Chest X-ray 2 views"
    item.RequestedProcedurePriority = "STAT"
    item.ReasonForTheRequestedProcedure = "dyspnea"
    item.RequestedProcedureComments = "Pneumothorax?"
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = "DX", "ROOM1"
    step.ScheduledProcedureStepStartDate = "20250601"
    item.ScheduledProcedureStepSequence = [step]
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def node(orthanc: Orthanc) -> DicomNode:
    about = {"name": "worklist", "kind": "dicom", "host": "127.0.0.1", "port": orthanc.dicom_port}
    return DicomNode.model_validate({**about, "ae_title": AE_TITLE})


def test_a_modality_worklist_is_asked_by_number_and_by_patient(orthanc: Orthanc, tmp_path: Path) -> None:
    require("pynetdicom")
    orthanc.expect(expected(ACCESSION), "one")
    orthanc.expect(expected("other", "8"), "two")
    orders = WorklistOrders(node(orthanc))
    assert orders.find(asked(ACCESSION)) == [FoundOrder(WANTED, ANN)]
    assert orders.find(asked()) == [FoundOrder(WANTED, ANN)]
    assert orders.find(asked("none")) == []
    assert orders.find(asked("*")) == [], "a header that asks for everybody's orders gets none"
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(tmp_path / "home") as room:
        (received,), _ = run(room, WatchFolder(tmp_path / "inbox", 0.0), orders=[orders])
        assert room.file(received.case_id or "").case.order == WANTED
    assert received.order == "attached"


@pytest.mark.parametrize(
    ("statuses", "kind"), [([0xA700], "unavailable"), ([0xC001], "refused"), ([0xFF00] * 101, "bad_answer")]
)
def test_a_worklist_that_does_not_answer_well_says_in_which_way(statuses: Sequence[int], kind: str) -> None:
    require("pynetdicom")
    from pynetdicom import AE, evt

    entity = AE(AE_TITLE)
    entity.add_supported_context(MODALITY_WORKLIST)

    def answers(_event: Any) -> Iterator[tuple[int, Dataset | None]]:
        for status in statuses:
            yield status, expected(ACCESSION) if status == 0xFF00 else None

    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, answers)])
    about = {"name": "worklist", "kind": "dicom", "host": "127.0.0.1", "port": server.server_address[1]}
    try:
        with pytest.raises(PeerError, match="'worklist'") as raised:
            WorklistOrders(DicomNode.model_validate({**about, "ae_title": AE_TITLE})).find(asked(ACCESSION))
        assert raised.value.kind == kind
    finally:
        server.shutdown()


@pytest.mark.parametrize("name", ["a.order.json", "a.order.yaml"])
def test_an_order_of_a_hundred_thousand_lists_in_one_another_is_no_order(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("[" * 100_000 + "]" * 100_000)
    with pytest.raises(UsageError, match="neither JSON nor YAML"):
        order_in(tmp_path / name)
