"""Reports that a FHIR server pushes: in the store before they are answered, once, as if they had been polled."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from overread.errors import SettingsError
from overread.peers.records import FhirServer
from overread.reading_room import ReadingRoom
from overread.receiving.report_desk import ReportDesk
from overread.receiving.report_joining import join_reports
from overread.receiving.report_listener import ReportListener
from overread.receiving.report_polling import poll
from overread.receiving.report_subscription import subscribe
from overread.settings import ReportsPush
from overread.store.home import Home
from tests.needs import require
from tests.receiving.stage import SECRET_ID
from tests.receiving.test_reports_elsewhere import NOW, read_study, reporting, resource, told

require("hl7")

SECRET = "a-long-enough-secret"
DIFFERS = [("Pleural Effusion", "ours_only", "absent"), ("Pneumothorax", "theirs_only", "present")]


@contextmanager
def listening(home: Home, server: FhirServer, **settings: Any) -> Iterator[str]:
    """Listen at a free port; gives the address."""
    ports: list[int] = []
    stop, ready = threading.Event(), threading.Event()

    def listens(port: int) -> None:
        ports.append(port)
        ready.set()

    push = ReportsPush.model_validate({"port": 0, "secret": SECRET, **settings})
    listener = ReportListener(ReportDesk(home, server, "RAD", lambda: NOW), push, listening=listens)
    thread = threading.Thread(target=listener.run, args=(stop,))
    thread.start()
    ready.wait(10)
    try:
        yield f"http://127.0.0.1:{ports[0]}/"
    finally:
        stop.set()
        thread.join()


def pushed(url: str, content: bytes | str, secret: str = SECRET) -> int:
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/fhir+json"}
    return httpx.post(url, content=content, headers=headers, timeout=30).status_code


def states(room: ReadingRoom) -> tuple[list[tuple[str, int, str | None]], int]:
    """Give the reports with version and case, and how long the audit is."""
    rows = room.home.reports_elsewhere.rows(newest=False)
    return [(each.id, each.version, each.case_id) for each in rows], len(list(room.home.cases.audit.links()))


@pytest.mark.parametrize("payload", [True, False])
def test_a_subscription_pushes_what_polling_would_find_and_again_changes_nothing(tmp_path: Path, payload: bool) -> None:
    with (
        read_study(tmp_path / "home") as (room, file),
        reporting(resource()) as (double, server),
        listening(room.home, server) as url,
    ):
        for _ in range(2):
            subscribe(server, url, SECRET, "RAD", payload=payload)
        assert double.notify(resource()) == [200]
        (row,) = room.home.reports_elsewhere.rows()
        assert (row.case_id, row.version, told(room)) == (file.case_id, 1, DIFFERS)
        before = states(room)
        assert double.notify(resource()) == [200]
        assert poll(room.home, server, "RAD", NOW).noted == {"repeated": 1}
        join_reports(room.home)
        assert states(room) == before
        corrected = resource(5, id="d1", status="corrected", conclusion="Pleural effusion.", presentedForm=[])
        double.resources["DiagnosticReport/d1"] = corrected
        assert double.notify(corrected) == [200]
        assert [each.version for each in room.home.reports_elsewhere.rows()] == [2]
        subscribe(server, url, SECRET, "RAD", payload=payload, off=True)
        assert double.notify(resource()) == []


def test_what_was_polled_and_is_pushed_after_it_is_one_version(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, _), reporting(resource()) as (_, server):
        poll(room.home, server, "RAD", NOW)
        join_reports(room.home)
        before = states(room)
        with listening(room.home, server) as url:
            assert pushed(url, json.dumps(resource())) == 200
        assert states(room) == before


def test_a_notification_of_the_backport_is_polled_for(tmp_path: Path) -> None:
    with read_study(tmp_path / "home") as (room, file), reporting(resource()) as (_, server):
        with listening(room.home, server) as url:
            assert pushed(url, json.dumps({"resourceType": "Bundle", "type": "history"})) == 200
        assert [each.case_id for each in room.home.reports_elsewhere.rows()] == [file.case_id]


@pytest.mark.parametrize("secret", ["x", "wrong", f"{SECRET}x"])
def test_who_does_not_show_the_secret_is_refused_unread(any_home: Home, secret: str) -> None:
    with reporting(resource()) as (_, server), listening(any_home, server) as url:
        assert pushed(url, json.dumps(resource()), secret) == 401
        assert httpx.post(url).status_code == 401
    assert any_home.reports_elsewhere.rows() == []


def test_without_a_secret_nobody_listens(any_home: Home) -> None:
    with reporting() as (_, server), pytest.raises(SettingsError, match="secret"):
        ReportListener(ReportDesk(any_home, server, None), ReportsPush())


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ("BERG", 400),
        ("[]", 400),
        pytest.param("[" * 4_000, 400, id="deep"),
        (json.dumps({"resourceType": "Patient", "id": "BERG"}), 400),
        (json.dumps({**resource(), "issued": "BERG"}), 400),
        (b" " * 5000, 413),
    ],
)
def test_what_is_no_report_is_refused_without_a_quote(
    any_home: Home, content: str | bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with reporting() as (_, server), listening(any_home, server, body_bytes=4096) as url:
        assert pushed(url, content) == status
    assert any_home.reports_elsewhere.rows() == []
    assert "BERG" not in caplog.text


@pytest.mark.parametrize(
    "more",
    [
        {"status": "preliminary"},
        {"identifier": [{"type": {"text": "Overread case"}, "value": "c-1"}]},
        {"category": [{"coding": [{"code": "LAB"}]}]},
    ],
)
def test_what_polling_leaves_out_is_left_out(any_home: Home, more: dict[str, Any]) -> None:
    with reporting() as (_, server), listening(any_home, server) as url:
        assert pushed(url, json.dumps(resource(**more))) == 200
    assert any_home.reports_elsewhere.rows() == []


def test_what_cannot_be_kept_is_not_answered_with_200(any_home: Home, caplog: pytest.LogCaptureFixture) -> None:
    with reporting(resource()) as (double, server), listening(any_home, server) as url:
        double.faults = [503]
        assert pushed(url, json.dumps(resource())) == 503, "whose report it is cannot be asked"
        with any_home.database.begin() as connection:
            connection.execute(sa.text("ALTER TABLE reports_elsewhere RENAME TO away"))
        assert pushed(url, json.dumps(resource())) == 503, "the store is away"
        with any_home.database.begin() as connection:
            connection.execute(sa.text("ALTER TABLE away RENAME TO reports_elsewhere"))
        assert any_home.reports_elsewhere.rows() == []
        assert pushed(url, json.dumps(resource())) == 200
    assert len(any_home.reports_elsewhere.rows()) == 1
    assert SECRET_ID not in caplog.text


def test_nothing_elsewhere_is_asked_for(any_home: Home) -> None:
    strange = resource(subject={"reference": "http://elsewhere.example/Patient/p1"}, basedOn=[{"reference": "../x"}])
    with reporting() as (double, server), listening(any_home, server) as url:
        asked_for = len(double.requests)
        assert pushed(url, json.dumps(strange)) == 200
        assert len(double.requests) == asked_for
    (row,) = any_home.reports_elsewhere.rows()
    assert row.report.identity["patient_id"] == ""
