"""A report into a FHIR server that keeps resources: one of each, states that go forward only."""

from datetime import UTC, datetime, timedelta

import pytest

from overread.reading_room import ReadingRoom
from overread.signing import Addition, Signer
from tests.delivering.conftest import Clock, fhir_peer, sender
from tests.export.conftest import Read
from tests.graphs.rooms import sign_all
from tests.peers.fhir_server import fhir_server

SYSTEM = "urn:oid:1.2.3.4"


def test_a_report_is_there_once_and_goes_from_preliminary_to_appended(
    room: ReadingRoom, read: Read, clock: Clock
) -> None:
    file = read(31, PatientName="BERG^ANN", PatientID="77")
    with fhir_server() as server:
        sending = sender(room, clock, fhir_peer(server.url))
        statuses = []
        for step in (
            lambda: None,
            lambda: room.decide(file.case_id, sign_all(file, "Dr A")),
            lambda: room.follow(file.case_id, Addition("The ward knows."), _later(), None),
        ):
            step()
            for _ in range(2):
                (entry,) = sending.send_case(file.case_id, "records")
                assert entry.state == "proven", entry.detail
            (report,) = server.of("DiagnosticReport")
            statuses.append(report["status"])
        assert statuses == ["preliminary", "final", "appended"]
        assert server.writes.count(f"DiagnosticReport/{report['id']}") == 3  # a repeat writes nothing
        assert len(server.of("Patient")) == len(server.of("ImagingStudy")) == 1
        assert report["subject"]["reference"] in server.resources


def test_the_decisions_on_a_draft_are_there_once_and_no_result_of_it_is_an_observation_of_its_own(
    room: ReadingRoom, read: Read, clock: Clock
) -> None:
    file = read(36, PatientName="BERG^ANN", PatientID="77")
    with fhir_server() as server:
        sending = sender(room, clock, fhir_peer(server.url))
        assert sending.send_case(file.case_id, "records", ["assessment"])[0].state == "inapplicable"
        review = sign_all(file, "Dr A")
        room.decide(file.case_id, review)
        for _ in range(2):
            (entry,) = sending.send_case(file.case_id, "records", ["assessment"])
            assert entry.state == "proven", entry.detail
        decided = server.of("Observation")
        assert len(decided) == len(review.statements)
        assert {item["code"]["text"] for item in decided} == {"Assessment of a result of the draft"}
        assert all(item["focus"][0]["reference"] == "#drafted" for item in decided)
        assert len(server.writes) == len(set(server.writes))


def test_a_patient_whom_the_server_knows_by_the_same_system_is_referred_to(
    room: ReadingRoom, read: Read, clock: Clock
) -> None:
    file = read(32, PatientName="BERG^ANN", PatientID="77")
    with fhir_server() as server:
        for name, system in (("theirs", SYSTEM), ("other", "urn:oid:9.9")):
            identifier = [{"system": system, "value": "77"}]
            server.resources[f"Patient/{name}"] = {"resourceType": "Patient", "id": name, "identifier": identifier}
        (entry,) = sender(room, clock, fhir_peer(server.url, patient_system=SYSTEM)).send_case(file.case_id, "records")
        assert entry.state == "proven", entry.detail
        assert len(server.of("Patient")) == 2
        assert server.of("DiagnosticReport")[0]["subject"]["reference"] == "Patient/theirs"


def test_two_patients_of_that_identifier_are_no_guess(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(33, PatientName="BERG^ANN", PatientID="77")
    with fhir_server() as server:
        for name in ("one", "two"):
            identifier = [{"system": SYSTEM, "value": "77"}]
            server.resources[f"Patient/{name}"] = {"resourceType": "Patient", "id": name, "identifier": identifier}
        (entry,) = sender(room, clock, fhir_peer(server.url, patient_system=SYSTEM)).send_case(file.case_id, "records")
        assert (entry.state, entry.trouble) == ("failed", "refused")
        assert "multiple-matches" in (entry.detail or "")
        assert "BERG" not in (entry.detail or "")
        assert server.writes == []


def test_a_newer_report_of_the_case_there_is_not_overwritten(room: ReadingRoom, read: Read, clock: Clock) -> None:
    file = read(34)
    with fhir_server() as server:
        sending = sender(room, clock, fhir_peer(server.url))
        sending.send_case(file.case_id, "records")
        (report,) = server.of("DiagnosticReport")
        report["issued"] = "2999-01-01T00:00:00Z"
        (entry,) = sending.send_case(file.case_id, "records")
        assert (entry.state, entry.trouble) == ("failed", "conflict")
        assert server.of("DiagnosticReport") == [report]


@pytest.mark.parametrize(
    ("status", "state", "trouble"),
    [
        (400, "failed", "refused"),
        (401, "failed", "unauthorized"),
        (500, "pending", "unavailable"),
        (503, "pending", "unavailable"),
    ],
)
def test_what_the_server_answers_decides_whether_it_is_tried_again(
    room: ReadingRoom, read: Read, clock: Clock, status: int, state: str, trouble: str
) -> None:
    file = read(350 + status)
    with fhir_server() as server:
        server.faults = [status]
        sending = sender(room, clock, fhir_peer(server.url))
        (entry,) = sending.send_case(file.case_id, "records")
        assert (entry.state, entry.trouble) == (state, trouble)
        clock.forward(16)
        sending.send_due()
        came = room.home.outbox.entry(entry.id).state
        assert came == ("proven" if state == "pending" else "failed")


def _later() -> Signer:
    return Signer("Dr B", datetime.now(UTC) + timedelta(hours=1), meaning="authorship")
