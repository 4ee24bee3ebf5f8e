"""A real Orthanc: what it receives is read once, whoever is killed; priors come with it, and no name or ID leaves."""

from pathlib import Path

import pytest

from overread.errors import PeerError
from overread.peers.records import OrthancServer
from overread.receiving.orthanc import Orthanc as OrthancSource
from overread.settings import Limits
from tests.peers import orthanc as peer
from tests.peers.orthanc import Orthanc
from tests.receiving.stage import SECRET_ID, STUDY, film, room_of, run


@pytest.fixture
def server(orthanc: Orthanc, monkeypatch: pytest.MonkeyPatch) -> OrthancServer:
    monkeypatch.setenv("ORTHANC_PASSWORD", peer.PASSWORD)
    login = {"user": peer.USER, "password": {"env": "ORTHANC_PASSWORD"}}
    return OrthancServer.model_validate({"name": "pacs", "kind": "orthanc", "url": orthanc.url, "login": login})


def source(server: OrthancServer, **more: bool) -> OrthancSource:
    return OrthancSource(server, ("CR", "DX"), Limits(), **more)


def test_a_study_is_read_once_it_is_stable_and_a_late_view_joins_it(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.wait_until_stable()
    with room_of(tmp_path / "home") as room:
        (first,), _ = run(room, source(server))
        assert (first.outcome, room.file(first.case_id or "").status) == ("new_study", "awaiting_review")
        assert run(room, source(server))[0] == []
        orthanc.store(film(tmp_path / "films", 2, 2, view="LATERAL"))
        orthanc.wait_until_stable()
        (late,), _ = run(room, source(server))
        assert (late.outcome, late.before) == ("late_view", first.case_id)
        assert room.home.arrivals.position(source(server).identity)
    assert not list((tmp_path / "home" / "receiving").iterdir()), "what was fetched is not kept"


def test_another_object_beside_the_images_is_no_change_and_a_study_without_any_is_not_fetched(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.store(film(tmp_path / "ct", 1, 2, study="2.25.11", Modality="CT"))
    orthanc.wait_until_stable(2)
    with room_of(tmp_path / "home") as room:
        got, _ = run(room, source(server))
        assert sorted(each.outcome for each in got) == ["new_study", "no_radiograph"]
        orthanc.store(film(tmp_path / "other", 3, 3, Modality="OT"))
        orthanc.wait_until_stable(2)
        assert run(room, source(server))[0] == []


def test_a_killed_orthanc_loses_nothing_and_nothing_is_read_twice(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.kill()  # before it says that the study is stable, which it then never says
    with room_of(tmp_path / "home") as room:
        with pytest.raises(PeerError, match="is not reached"):
            run(room, source(server))
        orthanc.start()
        got, _ = run(room, source(server))
        assert [each.outcome for each in got] == ["new_study"]
        orthanc.kill()
        orthanc.start()
        assert run(room, source(server))[0] == []


def test_the_first_time_it_may_begin_with_what_comes_from_now_on(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.wait_until_stable()
    with room_of(tmp_path / "home") as room:
        assert run(room, source(server, from_now=True))[0] == []
        orthanc.store(film(tmp_path / "new", study="2.25.12"))
        orthanc.wait_until_stable(2)
        got, _ = run(room, source(server, from_now=True))
        assert [each.outcome for each in got] == ["new_study"]


def test_priors_are_found_by_patient_and_body_part_newest_first(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path
) -> None:
    def earlier(number: int, date: str, **header: str) -> Path:
        return film(tmp_path / f"prior{number}", 1, 10 + number, study=f"2.25.2{number}", StudyDate=date, **header)

    orthanc.store(
        earlier(1, "20200101"),
        earlier(2, "20210101"),
        earlier(3, "20220101"),
        earlier(4, "20230101", BodyPartExamined="KNEE"),
        earlier(5, "20230201", IssuerOfPatientID="ELSEWHERE"),
        earlier(6, "20230301", PatientID="8"),
        earlier(7, "20260101"),
    )
    orthanc.wait_until_stable(7)
    study = film(tmp_path / "films", IssuerOfPatientID="HERE")
    with room_of(tmp_path / "home", priors=2) as room:
        at_pacs = source(server)
        run(room, source(server, from_now=True), priors=at_pacs)
        orthanc.store(study)
        orthanc.wait_until_stable(8)
        (received,), _ = run(room, at_pacs, priors=at_pacs)
        case = room.file(received.case_id or "").case
        assert (received.outcome, received.priors) == ("new_study", 2)
        assert [prior.study.study_date for prior in case.priors if prior.origin == "sent"] == ["20220101", "20210101"]
        assert case.priors_refused == ()


def test_a_patient_id_stands_in_no_address_and_the_password_in_no_message(
    orthanc: Orthanc, server: OrthancServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orthanc.store(film(tmp_path / "films"))
    orthanc.wait_until_stable()
    with caplog.at_level("DEBUG"), room_of(tmp_path / "home") as room:
        run(room, source(server), priors=source(server))
    assert SECRET_ID not in caplog.text
    assert peer.PASSWORD not in caplog.text
    nobody = server.model_copy(update={"login": None})
    with room_of(tmp_path / "home2") as room, pytest.raises(PeerError, match="'login'") as raised:
        run(room, source(nobody))
    assert raised.value.kind == "unauthorized"


def test_a_study_is_named_by_its_uid(orthanc: Orthanc, server: OrthancServer, tmp_path: Path) -> None:
    orthanc.store(film(tmp_path / "films"))
    assert source(server).key_of(STUDY) == orthanc.studies()[0]
    assert source(server).key_of("2.25.99") is None
