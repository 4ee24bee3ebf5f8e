"""A batch of what an archive finds: fetched in turn, removed, each once; a study that does not come is a line."""

import json
import os
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from overread.archives.earlier import Wanted
from overread.archives.named import archive_peer, open_archive
from overread.archives.query import query_of
from overread.batch.fetching import patient_fetch
from overread.batch.forecast import forecast
from overread.batch.from_archive import works_at
from overread.batch.runner import run_batch
from overread.batch.summary import Summary, SummaryLine
from overread.batch.work import AtArchive, Work
from overread.errors import PeerError, UsageError
from overread.reading_room import ReadingRoom
from overread.settings import Limits
from tests.archives.stage import DIMSE, KINDS, peers_of, write_peers
from tests.graphs.rooms import scripted_room
from tests.needs import require
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import SECRET_ID, SECRET_NAME, film

MODALITIES = ("CR", "DX")
AT_ONCE = 2


@pytest.fixture
def stocked(orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Orthanc:
    """Five studies of one patient, a day each, the last first."""
    for number in reversed(range(1, 6)):
        orthanc.store(film(tmp_path / "films", 1, number, study=f"2.25.{number}", StudyDate=f"2026010{number}"))
    write_peers(orthanc, tmp_path / "peers.yaml", monkeypatch)
    return orthanc


def found(
    stocked: Orthanc, monkeypatch: pytest.MonkeyPatch, *, days: str = "20260101-20260105", **more: Path
) -> list[Work]:
    archive = open_archive(archive_peer("web", peers_of(stocked, monkeypatch)), MODALITIES, Limits())
    return works_at(archive, "web", query_of(days, MODALITIES), **more)


def read(room: ReadingRoom, works: list[Work], out: Path, *, resume: bool = False) -> Mapping[str, SummaryLine]:
    fetched = room.home.root / "fetched"
    most = 0

    def look(line: SummaryLine) -> None:
        nonlocal most
        most = max(most, len(list(fetched.glob(".*"))))

    with Summary(out / "summary.jsonl", resume=resume) as summary:
        run_batch(room, works, out, summary, workers=AT_ONCE, progress=look)
        assert most <= AT_ONCE
        assert not list(fetched.glob(".*"))
        return {line.input: line for line in summary.lines}


def room_at(tmp_path: Path) -> AbstractContextManager[ReadingRoom]:
    return scripted_room(tmp_path / "home", peers=tmp_path / "peers.yaml", reading={"retry_seconds": 0.05})


def test_studies_are_read_the_earliest_first_once_and_none_is_kept(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    works = found(stocked, monkeypatch)
    assert [work.name for work in works] == [f"2.25.{number}" for number in range(1, 6)]
    with room_at(tmp_path) as room:
        before = forecast(works, (), room.home.reading_queue, room.services.settings, AT_ONCE)
        assert (before.to_read, before.known) == (5, 0)
        lines = read(room, works, tmp_path / "out")
        assert {line.status for line in lines.values()} == {"awaiting_review"}
        again = read(room, works, tmp_path / "again")
        assert {line.case_id for line in again.values()} == {line.case_id for line in lines.values()}
        assert len(room.store.rows()) == 5
        after = forecast(works, (), room.home.reading_queue, room.services.settings, AT_ONCE)
        assert (after.to_read, after.known) == (0, 5)
    said = caplog.text + (tmp_path / "out" / "summary.jsonl").read_text()
    assert SECRET_NAME not in said
    assert SECRET_ID not in said


def test_a_study_that_does_not_come_is_a_line_with_its_kind(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = found(stocked, monkeypatch, days="20260101-20260102")
    with stocked.client() as client:
        for study in client.get("/studies").json():
            if client.get(f"/studies/{study}").json()["MainDicomTags"]["StudyInstanceUID"] == "2.25.2":
                client.delete(f"/studies/{study}")
    stranger = Work("2.25.9", (), remote=AtArchive("nobody", "2.25.9", "", MODALITIES))
    with room_at(tmp_path) as room:
        lines = read(room, [*works, stranger], tmp_path / "out")
    assert lines["2.25.1"].status == "awaiting_review"
    assert (lines["2.25.2"].status, lines["2.25.2"].fault) == ("failed", "refused")
    assert (lines["2.25.9"].status, lines["2.25.9"].fault) == ("failed", "not_reached")
    assert "set aside after 3 tries" in str(lines["2.25.9"].error)
    written = [json.loads(line) for line in (tmp_path / "out" / "summary.jsonl").read_text().splitlines()]
    assert sorted(str(line["fault"]) for line in written) == ["None", "not_reached", "refused"]


def test_what_is_kept_is_a_folder_a_study(stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works = found(stocked, monkeypatch, days="20260101-20260102", keep=tmp_path / "kept")
    with room_at(tmp_path) as room:
        read(room, works, tmp_path / "out")
        read(room, works, tmp_path / "again")
    kept = {path.relative_to(tmp_path / "kept").as_posix() for path in (tmp_path / "kept").rglob("*.dcm")}
    assert kept == {"2.25.1/00001.dcm", "2.25.2/00001.dcm"}
    assert (tmp_path / "kept" / "2.25.1" / "00001.dcm").read_bytes() == (tmp_path / "films" / "1-1.dcm").read_bytes()


def test_an_archive_that_restarts_is_waited_for(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = found(stocked, monkeypatch, days="20260101-20260102")
    stocked.stop()
    back = threading.Timer(1.5, stocked.start)
    back.start()
    try:
        with room_at(tmp_path) as room:
            lines = read(room, works, tmp_path / "out")
    finally:
        back.join()
    assert {line.status for line in lines.values()} == {"awaiting_review"}


def test_one_that_stays_away_is_given_up(stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = archive_peer("web", peers_of(stocked, monkeypatch))
    archive = open_archive(peer, MODALITIES, Limits())
    (folder := tmp_path / "got").mkdir()
    stocked.stop()
    try:
        began = time.monotonic()
        with pytest.raises(PeerError) as raised:
            patient_fetch(archive, peer, "2.25.1", folder, seconds=0.5)
        assert (raised.value.kind, time.monotonic() - began < 20) == ("not_reached", True)
    finally:
        stocked.start()


def test_what_a_killed_process_fetched_is_removed(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = found(stocked, monkeypatch, days="20260101")
    with room_at(tmp_path) as room:
        read(room, works, tmp_path / "out")
        left = room.home.root / "fetched" / ".q-0123-4567.part"
        left.mkdir()
        (left / "00001.dcm").write_bytes(b"of a patient")
        two_days_ago = time.time() - 2 * 86_400
        os.utime(left, (two_days_ago, two_days_ago))
        read(room, works, tmp_path / "again")
        assert not left.exists()


@pytest.mark.parametrize("name", KINDS)
def test_earlier_studies_of_the_patient_come_from_the_same_archive_as_many_and_as_old_as_asked(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    if name in DIMSE:
        require("pynetdicom")
    stocked.store(
        film(tmp_path / "knee", 1, 8, study="2.25.8", StudyDate="20260102", BodyPartExamined="KNEE"),
        film(tmp_path / "old", 1, 9, study="2.25.9", StudyDate="20200101"),
        film(tmp_path / "other", 1, 10, study="2.25.10", StudyDate="20260103", PatientID="8"),
    )

    def priors(home: str, wanted: Wanted) -> list[str | None]:
        archive = open_archive(archive_peer(name, peers_of(stocked, monkeypatch)), MODALITIES, Limits())
        works = works_at(archive, name, query_of("20260104", MODALITIES), wanted=wanted)
        peers, off = tmp_path / "peers.yaml", {"priors_from_store": 0}
        with scripted_room(tmp_path / home, peers=peers, reading={"retry_seconds": 0.05}, **off) as room:
            (line,) = read(room, works, tmp_path / home / "out").values()
            assert line.status == "awaiting_review", line.error
            return [prior.study.study_date for prior in room.file(line.case_id or "").case.priors]

    assert priors("two", Wanted(2)) == ["20260103", "20260102"]
    assert priors("young", Wanted(9, years=1.0)) == ["20260103", "20260102", "20260101"]


def test_an_earlier_study_that_is_too_large_is_left_out(
    stocked: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in (2, 3):
        stocked.store(film(tmp_path / "more", number, 12 + number, study="2.25.3", StudyDate="20260103"))
    archive = open_archive(archive_peer("web", peers_of(stocked, monkeypatch)), MODALITIES, Limits(files=2))
    works = works_at(archive, "web", query_of("20260104", MODALITIES), wanted=Wanted(2))
    more = {"limits": {"files": 2}, "priors_from_store": 0}
    with scripted_room(tmp_path / "home", peers=tmp_path / "peers.yaml", **more) as room:
        (line,) = read(room, works, tmp_path / "out").values()
        dates = [prior.study.study_date for prior in room.file(line.case_id or "").case.priors]
    assert (line.status, dates) == ("awaiting_review", ["20260102"])
    assert "an earlier study is left out" in caplog.text


def test_nothing_found_is_said(stocked: Orthanc, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no study that fits"):
        found(stocked, monkeypatch, days="20270101")
