"""Earlier studies that were read here are priors of the next one, and the same input stays the same case."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overread.admission import AdmittedCase
from overread.prior_intake import SentPriors
from overread.reading_room import ReadingRoom
from overread.reasoning.priors import comparable_priors
from overread.records import Case, CaseFile, StatementReview
from overread.testing.phantoms import sample_recipe, write_study
from tests.graphs.rooms import scripted_room, sign_all

ANN = {"PatientID": "7", "PatientName": "BERG^ANN", "PatientBirthDate": "19600101", "PatientSex": "F"}
NOW = "20250601"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(number: int, day: str, drawn: int | None = None, **changes: object) -> Path:
        folder = tmp_path / f"{number}-{len(list(tmp_path.iterdir()))}"
        recipe = sample_recipe(drawn or number, view="PA", flipped=False)
        uids = {"study_uid": f"2.25.{number}", "series_uid": f"2.25.{number}.1", "sop_uid": f"2.25.{number}.1.1"}
        write_study(folder, recipe, size=96, **{**uids, **ANN, "StudyDate": day, "StudyTime": "120000", **changes})
        return folder

    return write


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    with scripted_room(tmp_path / "home") as opened:
        yield opened


def take(room: ReadingRoom, *paths: Path, priors: SentPriors | tuple[Path, ...] = ()) -> AdmittedCase:
    taken = room.take_in(paths, priors=priors)
    assert isinstance(taken, AdmittedCase), taken
    return taken


def read(room: ReadingRoom, *paths: Path) -> CaseFile:
    return room.read(take(room, *paths).case.case_id)


def found(case: Case) -> list[tuple[str, str]]:
    return [(prior.study.uid, prior.origin) for prior in case.priors]


def test_the_newest_earlier_studies_of_the_patient_are_priors(room: ReadingRoom, write: Write) -> None:
    for number, day in ((1, "20210101"), (2, "20240101"), (3, "20220101"), (4, "20230101"), (5, "20260101")):
        read(room, write(number, day))
    read(room, write(6, "20240601", PatientID="8", PatientName="STEIN^BOB"))
    taken = take(room, write(9, NOW))
    assert found(taken.case) == [("2.25.2", "store"), ("2.25.4", "store"), ("2.25.3", "store")]
    assert len(comparable_priors(taken.case)) == 3
    assert {"2.25.2.1.1", "2.25.9.1.1"} <= set(taken.headers)
    assert (taken.said, taken.case.identity_alerts) == ((), ())


def test_none_are_looked_for_where_the_setting_says_so(tmp_path: Path, write: Write) -> None:
    with scripted_room(tmp_path / "other", priors_from_store=0) as room:
        read(room, write(1, "20240101"))
        assert take(room, write(9, NOW)).case.priors == ()


UNUSED = {
    "no patient ID": {"PatientID": ""},
    "another time of the same day": {"StudyDate": NOW, "StudyTime": "130000"},
    "the same day at no known time": {"StudyDate": NOW, "StudyTime": ""},
    "no day": {"StudyDate": ""},
    "nothing but an ID": {"PatientName": "", "PatientBirthDate": ""},
    "the same pixels": {"drawn": 9},
}


@pytest.mark.parametrize("case", UNUSED)
def test_what_is_not_surely_an_earlier_study_of_the_patient_is_no_prior(
    room: ReadingRoom, write: Write, case: str
) -> None:
    changes = {"day": "20240101", **UNUSED[case]}
    day = str(changes.pop("StudyDate", changes.pop("day")))
    changes.pop("day", None)
    read(room, write(1, day, **changes))
    taken = take(room, write(9, NOW))
    assert taken.case.priors == ()
    assert taken.said == ()


@pytest.mark.parametrize("placeholder", ["ANON", "ANONYMOUS^PATIENT", "0000", "UNKNOWN", "Test-01"])
def test_an_id_that_stands_for_nobody_finds_nobody(room: ReadingRoom, write: Write, placeholder: str) -> None:
    read(room, write(1, "20240101", PatientID=placeholder))
    assert take(room, write(9, NOW, PatientID=placeholder)).case.priors == ()


def test_a_study_of_somebody_else_under_the_same_id_is_an_identity_alert(room: ReadingRoom, write: Write) -> None:
    read(room, write(1, "20240101", PatientName="STEIN^BOB", PatientBirthDate="19700101", PatientSex="M"))
    taken = take(room, write(9, NOW))
    assert taken.case.priors == ()
    assert len(taken.case.identity_alerts) == 1
    assert taken.said == taken.case.identity_alerts
    assert "STEIN" not in taken.case.model_dump_json()


def test_a_study_that_was_not_read_to_the_end_or_has_lost_its_pixels_is_no_prior(
    room: ReadingRoom, write: Write
) -> None:
    take(room, write(1, "20240101"))
    gone = read(room, write(2, "20230101"))
    digest = gone.case.study.images[0].pixels_digest
    next(room.home.pictures.root.rglob(f"{digest}.png")).unlink()
    assert take(room, write(9, NOW)).case.priors == ()


def test_the_same_study_again_is_the_same_case_with_the_priors_that_it_had(room: ReadingRoom, write: Write) -> None:
    study = write(9, NOW)
    first = take(room, study)
    read(room, write(1, "20240101"))
    again = take(room, study)
    assert (again.case, again.content) == (first.case, first.content)
    assert again.case.priors == ()
    room.read(first.case.case_id)
    read(room, write(2, "20240201"))
    assert take(room, write(9, NOW)).case == first.case


def test_a_changed_study_is_read_again_with_the_newest_priors(room: ReadingRoom, write: Write) -> None:
    read(room, write(1, "20240101"))
    first = read(room, write(9, NOW))
    assert found(first.case) == [("2.25.1", "store")]
    read(room, write(2, "20250101"))
    second = read(room, write(9, NOW, ViewPosition="AP"))
    assert second.case_id != first.case_id
    assert found(second.case) == [("2.25.2", "store"), ("2.25.1", "store")]
    assert second.case.follows is not None
    assert second.case.follows.changed == ("the header of an image",)
    assert room.file(first.case_id).case.priors == first.case.priors


def test_a_prior_that_was_read_anew_is_found_as_it_was_read_last(room: ReadingRoom, write: Write) -> None:
    old = read(room, write(1, "20240101"))
    new = read(room, write(1, "20240101", drawn=2))
    assert old.case_id != new.case_id
    (prior,) = take(room, write(9, NOW)).case.priors
    assert prior.study == new.case.study


def test_a_study_whose_header_names_somebody_else_by_now_is_no_prior(room: ReadingRoom, write: Write) -> None:
    signed = read(room, write(1, "20240101"))
    room.decide(signed.case_id, sign_all(signed))
    read(room, write(1, "20240101", PatientID="8", PatientName="STEIN^BOB"))
    assert take(room, write(9, NOW)).case.priors == ()


def test_a_prior_that_was_sent_is_not_found_a_second_time(room: ReadingRoom, write: Write) -> None:
    prior = write(1, "20240101")
    alone = take(room, write(8, "20250501"), priors=(prior,)).content
    read(room, prior)
    taken = take(room, write(9, NOW), priors=(prior,))
    assert ("2.25.1", "sent") in found(taken.case)
    assert [uid for uid, _ in found(taken.case)].count("2.25.1") == 1
    assert take(room, write(8, "20250501"), priors=(prior,)).content == alone


def test_the_signed_report_comes_with_the_prior_and_a_draft_does_not(room: ReadingRoom, write: Write) -> None:
    drafted = read(room, write(1, "20240101"))
    (before,) = take(room, write(8, "20250501")).case.priors
    assert (before.report, before.report_origin) == (None, None)
    review = sign_all(drafted)
    edited = StatementReview(
        statement_id=next(s.id for s in drafted.draft.sections["findings"]),
        action="edit",
        text="Small left pleural effusion.",
        reason="seen",
    )
    kept = tuple(item for item in review.statements if item.statement_id != edited.statement_id)
    room.decide(drafted.case_id, review.model_copy(update={"statements": (*kept, edited)}))
    (prior,) = take(room, write(9, NOW)).case.priors
    assert (prior.report_origin, prior.report_case_id) == ("signed_here", drafted.case_id)
    assert prior.report is not None
    assert prior.report.startswith("FINDINGS:\n")
    assert "Small left pleural effusion." in prior.report
    assert "IMPRESSION:\n" in prior.report
    assert "Dr A" not in prior.model_dump_json()


def test_a_report_that_is_signed_later_changes_no_content(room: ReadingRoom, write: Write) -> None:
    prior, study = write(1, "20240101"), write(9, NOW)
    first = take(room, study, priors=(prior,))
    drafted = read(room, prior)
    room.decide(drafted.case_id, sign_all(drafted))
    again = take(room, study, priors=(prior,))
    assert (again.case, again.content) == (first.case, first.content)
    anew = take(room, write(9, NOW, ViewPosition="AP"))
    assert [(p.origin, p.report_origin) for p in anew.case.priors] == [("sent", "signed_here")]


def test_the_order_of_two_processes_leaves_one_case(tmp_path: Path, write: Write) -> None:
    study, home = write(9, NOW), tmp_path / "home"
    with scripted_room(home) as room:
        read(room, write(1, "20240101"))
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.graphs.rooms import scripted_room\n"
        "with scripted_room(Path(sys.argv[1])) as room:\n"
        "    taken = room.take_in([Path(sys.argv[2])])\n"
        "    print(taken.case.case_id, *(prior.study.uid for prior in taken.case.priors))\n"
    )
    command = [sys.executable, "-c", program, str(home), str(study)]
    root = Path(__file__).parents[1]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)]
    said = {process.communicate()[0].strip() for process in started}
    assert len(said) == 1
    assert said.pop().endswith(" 2.25.1")
    with scripted_room(home) as room:
        assert len(room.store.rows(study_uid="2.25.9")) == 1


def test_a_kill_between_taking_in_and_reading_keeps_the_priors(tmp_path: Path, write: Write) -> None:
    study = write(9, NOW)
    with scripted_room(tmp_path / "home") as room:
        read(room, write(1, "20240101"))
        before = take(room, study)
    with scripted_room(tmp_path / "home") as room:
        read(room, write(2, "20250101"))
        assert before.case.case_id in room.recover()
        file = room.file(before.case.case_id)
        assert found(file.case) == [("2.25.1", "store")]
        assert take(room, study).case == before.case
