"""A real DICOMweb server: one study by its UID, the studies of a day, and priors."""

from datetime import date
from pathlib import Path

import pytest

from overread.errors import PeerError
from overread.peers.multipart import single_part
from overread.peers.records import DicomWeb
from overread.receiving.dicomweb import DicomWebSource
from overread.settings import Limits
from tests.peers import orthanc as peer
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import STUDY, film, room_of, run

DAY = date(2025, 6, 1)


@pytest.fixture
def server(orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch) -> DicomWeb:
    monkeypatch.setenv("ORTHANC_PASSWORD", peer.PASSWORD)
    login = {"user": peer.USER, "password": {"env": "ORTHANC_PASSWORD"}}
    return DicomWeb.model_validate({"name": "pacs", "kind": "dicomweb", "url": orthanc.dicomweb, "login": login})


def source(server: DicomWeb, *, study: str | None = None, day: date = DAY) -> DicomWebSource:
    return DicomWebSource(server, ("CR", "DX"), Limits(), 0.0, study=study, day=day)


def test_one_study_is_fetched_as_it_is_stored_with_its_priors(
    orthanc: Orthanc, server: DicomWeb, tmp_path: Path
) -> None:
    stored = film(tmp_path / "films")
    orthanc.store(stored, film(tmp_path / "prior", 1, 2, study="2.25.30", StudyDate="20240101"))
    folder = tmp_path / "fetched"
    folder.mkdir()
    fetched = source(server).fetch(STUDY, folder)
    assert fetched is not None
    assert [path.read_bytes() for path in fetched.paths] == [stored.read_bytes()]
    with room_of(tmp_path / "home") as room:
        one = source(server, study=STUDY)
        (received,), _ = run(room, one, priors=one)
        assert (received.outcome, received.priors) == ("new_study", 1)
        (again,), _ = run(room, source(server, study=STUDY))
        assert (again.outcome, again.case_id) == ("duplicate", received.case_id)
        assert run(room, source(server, study="2.25.31"))[0] == []


def test_the_studies_of_a_day_are_found_and_one_that_grows_is_read_again(
    orthanc: Orthanc, server: DicomWeb, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"), film(tmp_path / "other", 1, 2, study="2.25.32", StudyDate="20250101"))
    with room_of(tmp_path / "home") as room:
        (first,), _ = run(room, source(server))
        orthanc.store(film(tmp_path / "films", 2, 3, view="LATERAL"))
        (late,), _ = run(room, source(server))
        assert (late.outcome, late.before) == ("late_view", first.case_id)
        assert run(room, source(server))[0] == []


def test_a_study_uid_of_two_patients_at_the_server_is_told_and_not_read(
    orthanc: Orthanc, server: DicomWeb, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.store(film(tmp_path / "bob", 2, 2, PatientID="8", PatientName="STEIN^BOB", PatientSex="M"))
    with room_of(tmp_path / "home") as room:
        got, tally = run(room, source(server, study=STUDY))
    assert "new_study" not in [each.outcome for each in got], "of one of the two, who knows whose"
    assert [each.outcome for each in got] + ["waiting"] * tally.waiting


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/dicom+json", b"[]"),
        ("multipart/related", b"--b\r\n\r\nx\r\n--b--"),
        ("multipart/related; boundary=b", b"nothing of it"),
        ("multipart/related; boundary=b", b"--b--\r\n"),
        ("multipart/related; boundary=b", b"--b\r\na: b\r\n\r\nx\r\n--b\r\na: b\r\n\r\ny\r\n--b--\r\n"),
    ],
)
def test_an_answer_that_is_no_single_part_is_refused(kind: str, body: bytes) -> None:
    with pytest.raises(PeerError):
        single_part(kind, body)


def test_the_bytes_of_a_part_are_as_they_were_sent() -> None:
    content = b"\r\n--\r\n\x00DICM\r\n--b" + bytes(range(256))
    body = b"--bound\r\ncontent-type: application/dicom\r\n\r\n" + content + b"\r\n--bound--\r\n"
    assert single_part('multipart/related; type="application/dicom"; boundary="bound"', body) == content
