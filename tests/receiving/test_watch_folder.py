"""A watch folder: what is put there is read once, told beside it, and left as it was given."""

import json
import zipfile
from pathlib import Path

import pytest

from overread.errors import CaseBusy, UsageError
from overread.receiving.watch_folder import WatchFolder
from tests.databases import database_url, postgres
from tests.graphs.rooms import sign_all
from tests.receiving.stage import SECRET_ID, SECRET_NAME, STUDY, film, room_of, run

__all__ = ["database_url", "postgres"]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def watch(inbox: Path, quiet_seconds: float = 0.0) -> WatchFolder:
    return WatchFolder(inbox, quiet_seconds)


def marker(inbox: Path, name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((inbox / name).read_text())
    return loaded


def test_a_folder_a_file_and_a_zip_are_a_study_each(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "one")
    film(tmp_path / "two", study="2.25.2").rename(inbox / "two.dcm")
    with zipfile.ZipFile(inbox / "three.zip", "w") as archive:
        archive.write(film(tmp_path / "three", study="2.25.3"), "a.dcm")
    before = {path: path.read_bytes() for path in inbox.rglob("*") if path.is_file()}
    with room_of(tmp_path / "home") as room:
        got, tally = run(room, watch(inbox))
        assert [each.outcome for each in got] == ["new_study"] * 3
        assert {row.status for row in room.worklist()} == {"awaiting_review"}
        assert run(room, watch(inbox))[0] == [], "nothing is read twice"
    assert tally.waiting == 0
    assert {path: path.read_bytes() for path in before} == before, "what was given stays as it was"
    assert sorted(path.name for path in inbox.iterdir() if path.suffix == ".processed") == [
        "one.processed",
        "three.zip.processed",
        "two.dcm.processed",
    ]
    assert marker(inbox, "one.processed")["outcome"] == "new_study"
    assert not list(inbox.glob("*.processing"))


@pytest.mark.usefixtures("database_url")
def test_each_thing_that_can_come_later_has_its_outcome(inbox: Path, tmp_path: Path) -> None:
    def sent(name: str) -> list[str]:
        got, _ = run(room, watch(inbox))
        assert len(got) == 1, name
        return [got[0].outcome, got[0].became]

    with room_of(tmp_path / "home") as room:
        film(inbox / "first")
        assert sent("first") == ["new_study", "new_case"]
        film(inbox / "same")
        assert sent("same") == ["duplicate", "on_file"]
        film(inbox / "late", 2, 2, view="LATERAL")
        assert sent("late") == ["late_view", "next_read"]
        film(inbox / "header", StudyDate="20250602")
        assert sent("header") == ["corrected_header", "next_read"]
        film(inbox / "pixels", 1, 3, StudyDate="20250602")
        assert sent("pixels") == ["other_pixels", "next_read"]
        film(inbox / "mixed", 3, 4, PatientID="8", PatientName="STEIN^BOB", PatientSex="M")
        assert sent("mixed") == ["two_patients", "no_case"]
        assert marker(inbox, "mixed.error")["reason"] == "several_patients"
        audited = [json.loads(link.detail)["outcome"] for link in room.home.cases.audit.links()]
    assert audited == ["new_study", "duplicate", "late_view", "corrected_header", "other_pixels", "two_patients"]


def test_one_id_of_two_issuers_is_two_patients(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "mixed", 1, IssuerOfPatientID="HERE")
    film(inbox / "mixed", 2, 2, IssuerOfPatientID="THERE")
    film(inbox / "one", 1, study="2.25.7", IssuerOfPatientID="HERE")
    with room_of(tmp_path / "home") as room:
        got, _ = run(room, watch(inbox))
        assert sorted(each.outcome for each in got) == ["new_study", "two_issuers"]
        film(inbox / "renamed", 1, study="2.25.7", IssuerOfPatientID="THERE")
        (received,), _ = run(room, watch(inbox))
        assert (received.outcome, received.became) == ("two_issuers", "next_read")
        assert received.changes == ("another_issuer",)
        assert "issuer of the patient ID" in " ".join(room.file(received.case_id or "").case.input_notes)


def test_a_late_view_of_a_signed_case_names_it(inbox: Path, tmp_path: Path) -> None:
    with room_of(tmp_path / "home") as room:
        film(inbox / "first")
        (first,), _ = run(room, watch(inbox))
        assert first.case_id is not None
        room.decide(first.case_id, sign_all(room.file(first.case_id)))
        film(inbox / "late", 2, 2, view="LATERAL")
        (late,), _ = run(room, watch(inbox))
        assert (late.outcome, late.became, late.before) == ("late_view", "addendum", first.case_id)
        assert late.case_id != first.case_id
        assert room.file(first.case_id).status == "signed"


def test_a_study_that_grows_after_it_was_read_is_read_again(inbox: Path, tmp_path: Path) -> None:
    with room_of(tmp_path / "home") as room:
        film(inbox / "study")
        (first,), _ = run(room, watch(inbox))
        film(inbox / "study", 2, 2, view="LATERAL")
        (late,), _ = run(room, watch(inbox))
        assert (late.outcome, late.before) == ("late_view", first.case_id)


def test_a_locked_entry_waits_and_another_is_read(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    (inbox / "study.lock").touch()
    with room_of(tmp_path / "home") as room:
        got, tally = run(room, watch(inbox))
        assert (got, tally.waiting) == ([], 1)
        (inbox / "study.lock").unlink()
        got, tally = run(room, watch(inbox))
        assert [each.outcome for each in got] == ["new_study"]


def test_an_entry_that_is_taken_away_is_withdrawn(inbox: Path, tmp_path: Path) -> None:
    path = film(inbox / "study")
    (inbox / "study.lock").touch()
    with room_of(tmp_path / "home") as room:
        run(room, watch(inbox))
        path.unlink()
        path.parent.rmdir()
        got, tally = run(room, watch(inbox))
    assert [each.outcome for each in got] == ["withdrawn"]
    assert tally.waiting == 0


def test_an_entry_without_its_marker_is_taken_in_again(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    with room_of(tmp_path / "home") as room:
        (first,), _ = run(room, watch(inbox))
        (inbox / "study.processed").unlink()
        (again,), _ = run(room, watch(inbox))
    assert (again.outcome, again.case_id) == ("duplicate", first.case_id)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(inbox: Path, tmp_path: Path) -> None:
    (inbox / "a-broken.zip").write_bytes(b"PK\x03\x04 and no more")
    (inbox / "b.txt").write_text("no study")
    film(inbox / "c-study")
    (inbox / "c-study.order.json").write_text('{"indicat')
    film(inbox / "d-study", study="2.25.9")
    with room_of(tmp_path / "home") as room:
        got, _ = run(room, watch(inbox))
    outcomes = {path.name: json.loads(path.read_text())["outcome"] for path in inbox.glob("*.error")}
    assert outcomes == {"a-broken.zip.error": "unreadable", "b.txt.error": "unreadable", "c-study.error": "failed"}
    assert [each.outcome for each in got if each.case_id] == ["new_study"]


def test_two_studies_in_one_entry_are_refused(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "both")
    film(inbox / "both", 2, 2, study="2.25.8")
    with room_of(tmp_path / "home") as room:
        got, _ = run(room, watch(inbox))
    assert [each.outcome for each in got] == ["several_studies"]


def test_required_views_are_waited_for_and_what_did_not_come_is_said(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    wanted = {"required_views": ["PA", "LATERAL"], "complete_minutes": 60}
    with room_of(tmp_path / "home", **wanted) as room:
        got, tally = run(room, watch(inbox))
        assert (got, tally.waiting) == ([], 1)
        (inbox / "study.force-complete").touch()
        (received,), _ = run(room, watch(inbox))
        assert received.views_missing == ("LATERAL",)
        assert not (inbox / "study.force-complete").exists()
        file = room.file(received.case_id or "")
        assert any("LATERAL view was waited for" in note for note in file.case.input_notes)
        assert file.draft is not None
        assert "LATERAL view was waited for" in " ".join(one.text for one in file.draft.statements)
        film(inbox / "late", 2, 2, view="LATERAL")
        (late,), _ = run(room, watch(inbox))
        assert late.outcome == "late_view"
        assert not any("waited for" in note for note in room.file(late.case_id or "").case.input_notes)


def test_a_study_is_read_as_it_is_when_its_time_is_up(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    with room_of(tmp_path / "home", required_views=["LATERAL"], complete_minutes=1e-6) as room:
        (received,), _ = run(room, watch(inbox))
    assert (received.outcome, received.views_missing) == ("new_study", ("LATERAL",))


def test_a_complete_study_waits_for_nothing(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    film(inbox / "study", 2, 2, view="LATERAL")
    with room_of(tmp_path / "home", required_views=["PA", "LATERAL"], complete_minutes=60) as room:
        (received,), _ = run(room, watch(inbox))
    assert received.views_missing == ()


def test_it_waits_until_nothing_changes(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    with room_of(tmp_path / "home") as room:
        source = watch(inbox, quiet_seconds=0.3)
        arrivals = room.home.arrivals
        got, _ = run(room, source)
        assert [each.outcome for each in got] == ["new_study"]
        (key,) = (each.key for each in source.look(None, ()).seen)
        arrival = arrivals.find(source.identity, key)
        assert arrival is not None
        assert arrival.state == "done"


def test_no_value_of_a_patient_is_in_markers_audit_or_arrivals(
    inbox: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    film(inbox / SECRET_NAME)
    film(inbox / "mixed", 3, 4, study="2.25.6", PatientID="8")
    film(inbox / "mixed", 4, 5, study="2.25.6")
    with caplog.at_level("DEBUG", logger="overread"), room_of(tmp_path / "home") as room:
        run(room, watch(inbox))
        audited = " ".join(link.detail + link.object for link in room.home.cases.audit.links())
        rows = " ".join(str(each) for each in room.home.arrivals.waiting(watch(inbox).identity))
    told = " ".join(path.read_text() for path in inbox.iterdir() if path.suffix in (".processed", ".error"))
    for secret in (SECRET_NAME, SECRET_ID, "CANARY"):
        assert secret not in audited + rows + told + caplog.text
    assert "received" in caplog.text


def test_one_receiver_at_a_time(inbox: Path, tmp_path: Path) -> None:
    from overread.records import content_digest

    with room_of(tmp_path / "home") as room:
        name = f"receiving-{content_digest(watch(inbox).identity)}"
        with room.home.database.hold(name, 0.0, ""), pytest.raises(CaseBusy, match="another process receives"):
            run(room, watch(inbox))


def test_only_taking_in_reads_nothing(inbox: Path, tmp_path: Path) -> None:
    film(inbox / "study")
    with room_of(tmp_path / "home") as room:
        run(room, watch(inbox), to_review=False)
        assert [row.status for row in room.worklist()] == ["received"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not there"):
        watch(tmp_path / "none")


def test_a_study_is_named_by_its_marker_alone(inbox: Path) -> None:
    with pytest.raises(UsageError, match="force-complete"):
        watch(inbox).key_of(STUDY)
