"""Reports that were signed elsewhere: noticed once a version, joined to the case, compared with its draft."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from overread.errors import PeerError
from overread.peers.records import FhirServer
from overread.reading_room import ReadingRoom
from overread.receiving.fhir_reports import changed_reports
from overread.receiving.hl7_desk import Hl7Desk
from overread.receiving.hl7_order import Hl7Orders
from overread.receiving.report_comparison import compare
from overread.receiving.report_joining import join_reports
from overread.receiving.report_polling import poll
from overread.receiving.watch_folder import WatchFolder
from overread.records import CaseFile
from overread.settings import Hl7
from overread.store.home import Home
from overread.store.reports_elsewhere import SignedElsewhere
from tests.hl7v2.messages import ACCESSION, order, report
from tests.needs import require
from tests.peers.fhir_server import FhirServer as Double
from tests.peers.fhir_server import fhir_server
from tests.receiving.stage import SECRET_ID, STUDY, film, room_of, run
from tests.receiving.test_orders import PATIENT, REQUEST

require("hl7")

NOW = datetime(2025, 6, 2, tzinfo=UTC)
THEIRS = "FINDINGS: Large right pneumothorax. No pleural effusion."
"""The scripted models see an effusion and no pneumothorax."""


@contextmanager
def read_study(home: Path) -> Iterator[tuple[ReadingRoom, CaseFile]]:
    """A study with its order, read up to its review: an effusion is present, a pneumothorax is not."""
    film(home.parent / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(home) as room:
        Hl7Desk(room.home.hl7, Hl7()).take(order())
        (received,), _ = run(room, WatchFolder(home.parent / "inbox", 0.0), orders=[Hl7Orders(room.home.hl7)])
        yield room, room.file(received.case_id or "")


def told(room: ReadingRoom) -> list[tuple[str, str, str | None]]:
    (row,) = room.home.reports_elsewhere.rows()
    assert row.comparison is not None
    return sorted((each.label, each.differs, each.theirs) for each in row.comparison.discrepancies)


def test_a_report_by_hl7_is_joined_and_what_differs_is_told(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, file):
        desk = Hl7Desk(room.home.hl7, Hl7())
        assert desk.take(report(text=(THEIRS,))).became == "taken"
        assert join_reports(room.home) == 1
        (row,) = room.home.reports_elsewhere.rows()
        assert (row.case_id, row.report.status, row.version) == (file.case_id, "final", 1)
        assert told(room) == [
            ("Pleural Effusion", "ours_only", "absent"),
            ("Pneumothorax", "theirs_only", "present"),
        ]
        assert join_reports(room.home) == 0, "nothing changes when it is looked at again"
        assert desk.take(report(text=(THEIRS,))).became == "repeated"
        audited = [link.detail for link in room.home.cases.audit.links()]
        assert not any(SECRET_ID in detail or "pneumothorax" in detail for detail in audited)


def test_an_amended_report_is_a_new_version_and_an_older_one_none(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, _):
        desk = Hl7Desk(room.home.hl7, Hl7())
        desk.take(report("R1", text=(THEIRS,)))
        desk.take(report("R2", status="C", text=("Pleural effusion. No pneumothorax.",), at="20250601120000"))
        desk.take(report("R3", text=("Old words.",), at="20250601110000"))
        join_reports(room.home)
        (row,) = room.home.reports_elsewhere.rows()
        assert (row.version, row.report.status, told(room)) == (2, "amended", [])
        versions = room.home.reports_elsewhere.versions(row.id)
        assert [each.version for each in versions] == [2, 1]
        desk.take(report("R4", status="X", at="20250601130000"))
        join_reports(room.home)
        (row,) = room.home.reports_elsewhere.rows()
        assert (row.version, row.report.text) == (3, "")
        assert row.comparison is not None
        assert row.comparison.unread == "withdrawn"


def test_what_nobody_signed_there_is_no_report(any_home: Home) -> None:
    desk = Hl7Desk(any_home.hl7, Hl7())
    assert desk.take(report("1", status="P")).became == "taken"
    assert desk.take(report("2").replace(b"|RIS|", b"|OVERREAD|", 1)).became == "taken"
    assert any_home.reports_elsewhere.rows() == []


def test_one_without_a_case_is_visible_and_joined_when_the_study_comes(tmp_path: Path) -> None:
    film(tmp_path / "inbox" / "a", AccessionNumber=ACCESSION)
    with room_of(tmp_path / "home") as room:
        desk = Hl7Desk(room.home.hl7, Hl7())
        desk.take(report())
        assert join_reports(room.home) == 0
        (row,) = room.home.reports_elsewhere.rows(unmatched=True)
        assert row.why_apart == "no_case"
        desk.take(order())
        run(room, WatchFolder(tmp_path / "inbox", 0.0), orders=[Hl7Orders(room.home.hl7)])
        assert join_reports(room.home) == 1
        assert room.home.reports_elsewhere.rows(unmatched=True) == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (report(patient="8"), "another_patient"),
        (report(accession="other"), "no_case"),
        (report(patient="8", extra=f"OBX|9|ST|110180^Study^DCM||{STUDY}||||||F\r"), "another_patient"),
    ],
)
def test_one_of_another_patient_or_number_has_no_case(tmp_path: Path, content: bytes, why: str) -> None:
    with read_study(tmp_path / "home") as (room, _):
        Hl7Desk(room.home.hl7, Hl7()).take(content)
        join_reports(room.home)
        (row,) = room.home.reports_elsewhere.rows(unmatched=True)
        assert (row.why_apart, row.case_id, row.comparison) == (why, None, None)


def test_the_study_uid_joins_where_the_number_does_not(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, file):
        named = f"OBX|9|ST|110180^Study Instance UID^DCM||{STUDY}||||||F\r"
        Hl7Desk(room.home.hl7, Hl7()).take(report(accession="other", extra=named))
        assert join_reports(room.home) == 1
        assert room.home.reports_elsewhere.rows()[0].case_id == file.case_id


@pytest.mark.parametrize(
    ("text", "differs", "unread"),
    [
        ("Left pleural effusion. No pneumothorax.", [], None),
        ("Normal chest radiograph.", ["ours_only"], None),
        ("", [], "no_text"),
        ("Großer Pleuraerguss rechts, kein Pneumothorax. Das Herz ist nicht vergrößert.", [], "foreign_language"),
        ("word " * 2000, [], "too_long"),
    ],
)
def test_a_report_is_read_or_it_is_said_why_not(
    tmp_path: Path, text: str, differs: list[str], unread: str | None
) -> None:
    with read_study(tmp_path / "home") as (_, file):
        made = compare(file, SignedElsewhere("ris", "k", "final", text))
    assert ([each.differs for each in made.discrepancies], made.unread) == (differs, unread)


def test_sides_that_differ_are_told_only_where_both_name_one(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (_, file):
        left = tuple(
            each.model_copy(update={"laterality": "left"}) if each.label == "Pleural Effusion" else each
            for each in file.findings
        )
        sided = file.model_copy(update={"findings": left})
        said = SignedElsewhere("ris", "k", "final", "Right pleural effusion. No pneumothorax.")
        (found,) = compare(sided, said).discrepancies
        assert (found.differs, found.our_side, found.their_side) == ("sides", "left", "right")
        assert compare(sided, replace(said, text="Pleural effusion. No pneumothorax.")).discrepancies == ()
        assert compare(file, said).discrepancies == ()


def resource(number: int = 1, **more: Any) -> dict[str, Any]:
    text = base64.b64encode(THEIRS.encode()).decode()
    return {
        "resourceType": "DiagnosticReport",
        "id": f"d{number}",
        "meta": {"lastUpdated": f"2025-06-01T12:{number:02d}:00Z"},
        "status": "final",
        "category": [{"coding": [{"code": "RAD"}]}],
        "code": {"text": "XR chest"},
        "issued": "2025-06-01T11:30:00+02:00",
        "subject": {"reference": "Patient/p1"},
        "basedOn": [{"reference": "ServiceRequest/r1"}],
        "presentedForm": [{"contentType": "text/plain; charset=utf-8", "data": text}],
        **more,
    }


@contextmanager
def reporting(*reports: dict[str, Any]) -> Iterator[tuple[Double, FhirServer]]:
    with fhir_server() as double:
        for each in (PATIENT, REQUEST, *reports):
            double.resources[f"{each['resourceType']}/{each['id']}"] = each
        yield double, FhirServer.model_validate({"name": "ris", "kind": "fhir", "url": double.url})


def test_a_fhir_server_is_asked_for_what_changed_and_again_changes_nothing(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, file), reporting(resource()) as (double, server):
        assert poll(room.home, server, "RAD", NOW).noted == {"new": 1}
        assert join_reports(room.home) == 1
        assert room.home.reports_elsewhere.rows()[0].case_id == file.case_id
        assert told(room) == [("Pleural Effusion", "ours_only", "absent"), ("Pneumothorax", "theirs_only", "present")]
        before = len(list(room.home.cases.audit.links()))
        assert poll(room.home, server, "RAD", NOW).noted == {"repeated": 1}
        assert (join_reports(room.home), len(list(room.home.cases.audit.links()))) == (0, before)
        double.resources["DiagnosticReport/d1"] = resource(
            5, id="d1", status="corrected", presentedForm=[], conclusion="Pleural effusion. No pneumothorax."
        )
        assert poll(room.home, server, "RAD", NOW).noted == {"amended": 1}
        join_reports(room.home)
        assert (room.home.reports_elsewhere.rows()[0].version, told(room)) == (2, [])


def test_pages_are_followed_and_our_own_and_unsigned_reports_left_out() -> None:
    ours = resource(4, identifier=[{"type": {"text": "Overread case"}, "value": "c-1"}])
    unsigned, laboratory = resource(3, status="preliminary"), resource(6, category=[{"coding": [{"code": "LAB"}]}])
    with reporting(*(resource(n) for n in (1, 2)), unsigned, ours, resource(5), laboratory) as (double, server):
        double.page = 1
        page = changed_reports(server, 0, "RAD")
        assert [each.key for each in page.reports] == ["d1", "d2", "d5"]
        assert page.until == datetime(2025, 6, 1, 12, 5, tzinfo=UTC).timestamp()
        (first, *_) = page.reports
        assert (first.accession_number, first.identity["patient_id"], first.at) == (
            ACCESSION,
            SECRET_ID,
            "20250601093000",
        )
        assert [each.key for each in changed_reports(server, page.until, None).reports] == ["d5", "d6"]
        double.next_page = "http://elsewhere.example/next"
        with pytest.raises(PeerError, match="not followed"):
            changed_reports(server, 0, "RAD")


@pytest.mark.parametrize(
    ("more", "text", "study"),
    [
        ({"presentedForm": [], "conclusion": "Effusion."}, "IMPRESSION:\nEffusion.", ""),
        (
            {
                "presentedForm": [{"contentType": "application/pdf", "data": "AAAA"}],
                "text": {"div": "<div><p>No &amp; effusion.</p><p>Clear.</p></div>"},
                "conclusion": "Clear.",
            },
            "No & effusion.\n\nClear.",
            "",
        ),
        (
            {
                "presentedForm": [],
                "contained": [
                    {
                        "resourceType": "ImagingStudy",
                        "id": "s",
                        "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:2.25.7"}],
                    }
                ],
                "imagingStudy": [{"reference": "#s"}],
            },
            "",
            "2.25.7",
        ),
        ({"status": "entered-in-error"}, "", ""),
    ],
)
def test_the_words_are_those_that_the_report_presents(more: dict[str, Any], text: str, study: str) -> None:
    with reporting(resource(**more)) as (_, server):
        (found,) = changed_reports(server, 0, "RAD").reports
    assert (found.text, found.study_uid) == (text, study)


@pytest.mark.parametrize(
    "broken",
    [{"presentedForm": [{"contentType": "text/plain", "data": "%%%"}]}, {"identifier": "BERG"}, {"issued": "BERG"}],
)
def test_what_is_no_report_is_said_without_a_quote(broken: dict[str, Any]) -> None:
    with reporting(resource(**broken)) as (_, server), pytest.raises(PeerError) as raised:
        changed_reports(server, 0, "RAD")
    assert raised.value.kind == "bad_answer"
    assert "BERG" not in str(raised.value)
    assert json.dumps(broken) not in str(raised.value)
