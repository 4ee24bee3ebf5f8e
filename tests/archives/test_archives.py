"""One Orthanc by DICOMweb, by its REST API and by C-FIND with C-GET or C-MOVE: the same studies, the same bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from overread.archives.archive import Archive
from overread.archives.named import archive_peer, open_archive
from overread.archives.query import query_for, query_of
from overread.errors import PeerError, Unreadable, UsageError
from overread.peers.records import Peer
from overread.settings import Limits
from tests.archives.stage import DIMSE, KINDS
from tests.peers.orthanc import Orthanc

Opened = Callable[[str], Archive]


@pytest.mark.parametrize("kind", KINDS)
def test_studies_are_found_by_day_patient_and_accession_number(opened: Opened, kind: str) -> None:
    def uids(*asked: str | None, modalities: tuple[str, ...] = ("CR", "DX")) -> list[str]:
        days, patient, accession = (*asked, None, None)[:3]
        return sorted(study.uid for study in opened(kind).find(query_of(days, modalities, patient, accession)))

    assert uids("20260101-20260103") == ["2.25.1", "2.25.2", "2.25.3"]
    assert uids("20260102") == ["2.25.2"]
    assert uids("20260102", modalities=("US",)) == ["2.25.5"]
    assert uids(None, "77A") == ["2.25.1", "2.25.3"]
    assert uids("20260103-", "77A") == ["2.25.3"]
    assert uids(None, None, "B1") == ["2.25.2"]
    assert uids("20270101") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_is_found_by_its_uid(opened: Opened, kind: str) -> None:
    def uids(*asked: str | None) -> list[str]:
        return sorted(study.uid for study in opened(kind).find(query_for(("CR", "DX"), *asked)))

    assert uids(None, "2.25.2") == uids("B1", "2.25.2") == uids("B1") == ["2.25.2"]
    assert uids("B1", "2.25.1") == uids(None, "2.25.404") == uids("NONE") == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_is_given_out_as_it_is_stored(opened: Opened, kind: str, tmp_path: Path) -> None:
    archive = opened(kind)
    (study,) = archive.find(query_of("20260103", ("CR", "DX")))
    (folder := tmp_path / "got").mkdir()
    paths = archive.fetch(study.key, folder)
    assert paths is not None
    stored = [next((tmp_path / number).iterdir()) for number in ("3", "4")]
    assert sorted(map(pixels, paths)) == sorted(map(pixels, stored))
    if kind not in DIMSE:  # what C-STORE carries is the data set; the head of the file is the receiver's own
        assert sorted(path.read_bytes() for path in paths) == sorted(path.read_bytes() for path in stored)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_gone_or_of_other_modalities_or_too_large(
    opened: Opened, peers: dict[str, Peer], kind: str, tmp_path: Path
) -> None:
    archive = opened(kind)
    (ultrasound,) = archive.find(query_of("20260102", ("US",)))
    assert archive.fetch(ultrasound.key, tmp_path) == ()
    gone = "0" * 8 + "-00000000" * 4 if kind == "rest" else "2.25.404"
    assert archive.fetch(gone, tmp_path) is None
    (study,) = archive.find(query_of("20260103", ("CR", "DX")))
    (folder := tmp_path / "got").mkdir()
    small = open_archive(archive_peer(kind, peers), ("CR", "DX"), Limits(files=1))
    with pytest.raises(Unreadable, match="more than 1 images"):
        small.fetch(study.key, folder)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # pynetdicom leaves its socket open
@pytest.mark.parametrize("kind", KINDS)
def test_an_archive_that_is_away_is_not_reached(opened: Opened, orthanc: Orthanc, kind: str) -> None:
    archive = opened(kind)
    orthanc.stop()
    try:
        with pytest.raises(PeerError) as raised:
            list(archive.find(query_of("20260101", ("CR",))))
    finally:
        orthanc.start()
    assert raised.value.kind == "not_reached"


def test_only_archives_are_asked_for_images(peers: dict[str, Peer]) -> None:
    with pytest.raises(UsageError, match="of kind fhir"):
        archive_peer("records", peers)
    with pytest.raises(UsageError, match="no remote system"):
        archive_peer("nowhere", peers)
    with pytest.raises(UsageError, match="goes in clear"):
        archive_peer("http://pacs.example/dicom-web", peers)
    web = peers["web"]
    assert archive_peer(f"{web.where}/", peers) == web


def pixels(path: Path) -> bytes:
    """Give the end of a file, which is its pixels."""
    return path.read_bytes()[-128 * 128 :]
