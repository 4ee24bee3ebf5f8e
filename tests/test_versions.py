"""One case per study: every pair of what is on file and what is sent, and what becomes of it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest
import sqlalchemy as sa

from overread.admission import AdmittedCase, Refused
from overread.errors import StaleReview
from overread.outputs.document import document_of
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Order
from overread.store.cases import CaseStore
from overread.store.database import Database
from overread.testing.doubles import ScriptedTool
from overread.testing.phantoms import render, sample_recipe, to_dicom
from tests.graphs.rooms import score, scripted_room, scripted_tools, sign_all
from tests.store.older import forget_revisions

STUDY = "2.25.4242"
ANN = {
    "PatientID": "7",
    "PatientName": "BERG^ANN",
    "PatientBirthDate": "19600101",
    "PatientSex": "F",
    "StudyDate": "20250601",
}
BOB = {**ANN, "PatientID": "8", "PatientName": "STEIN^BOB", "PatientSex": "M"}
ORDER = Order(indication="cough", priority="urgent")
Film = Callable[..., Path]
Pair = tuple[str, str, str, bool]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Write one image of the study: its number names its SOP Instance UID, `drawn` its pixels."""

    def write(number: int = 1, drawn: int = 1, name: str | None = None, **header: str) -> Path:
        dataset = to_dicom(render(sample_recipe(drawn, view="PA", flipped=False), 128))
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = STUDY, f"{STUDY}.{number}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"{STUDY}.{number}.1"
        for keyword, value in {**ANN, **header}.items():
            setattr(dataset, keyword, value)
        path = tmp_path / (name or f"{number}-{drawn}-{len(list(tmp_path.iterdir()))}.dcm")
        dataset.save_as(path, enforce_file_format=True)
        return path

    return write


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    with scripted_room(tmp_path / "home") as opened:
        yield opened


def send(room: ReadingRoom, *paths: Path, order: Order | None = None) -> CaseFile:
    taken = room.take_in(paths, order=order)
    assert isinstance(taken, AdmittedCase), taken
    return room.read(taken.case.case_id)


def waiting(room: ReadingRoom) -> list[str]:
    return [row.case_id for row in room.worklist()]


def outcome(pair: Pair) -> str:
    """Say what must become of a pair."""
    pixels, identity, state, ordered = pair
    if pixels == "further" and identity == "other":
        return "refused"
    if (pixels, identity, ordered) == ("same", "same", False):
        return "known"
    return "addendum" if state == "signed" else "replaces"


CHANGES = {"other": "other pixels", "further": "a further image"}
PAIRS = list(product(("same", "other", "further"), ("same", "other"), ("unsigned", "signed"), (False, True)))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(map(str, pair)))
def test_every_pair_has_its_outcome(room: ReadingRoom, film: Film, pair: Pair) -> None:
    pixels, identity, state, ordered = pair
    first = send(room, film())
    if state == "signed":
        first = room.decide(first.case_id, sign_all(first))
    who = ANN if identity == "same" else BOB
    sent = film(2 if pixels == "further" else 1, 1 if pixels == "same" else 2, **who)
    taken = room.take_in([sent], order=ORDER if ordered else None)
    expected = outcome(pair)
    if isinstance(taken, Refused):
        assert expected == "refused"
        assert taken.refusal.reason == "several_patients"
        assert first.case_id in taken.refusal.detail
        assert "STEIN" not in taken.refusal.detail
        assert waiting(room) == [first.case_id]
        return
    second = room.read(taken.case.case_id)
    assert (second.case_id == first.case_id) == (expected == "known")
    if expected == "known":
        assert second == first
        return
    assert_follows(second, first, pair)
    before = room.file(first.case_id)
    if expected == "addendum":
        assert_addendum(second, first)
        assert before == first, "what is signed stands"
        assert set(waiting(room)) == {first.case_id, second.case_id}
        return
    assert second.case.follows is not None
    assert (second.case.follows.replaces, second.case.follows.addendum_to) == (first.case_id, None)
    assert (before.status, before.draft) == ("replaced", first.draft), "the old draft stays as history"
    assert "REPLACED" in " ".join(document_of(before).banners)
    assert waiting(room) == [second.case_id]
    with pytest.raises(StaleReview, match=f"replaced by {second.case_id}"):
        room.decide(first.case_id, sign_all(first))


def assert_follows(second: CaseFile, first: CaseFile, pair: Pair) -> None:
    pixels, identity, _, ordered = pair
    assert second.case.follows is not None
    changed = second.case.follows.changed
    assert second.status == "awaiting_review"
    assert ("the order" in changed) == ordered
    assert (CHANGES.get(pixels, "") in changed) == (pixels != "same")
    assert any("identity alert" in words for words in changed) == (identity == "other")
    assert len(second.case.study.images) == (2 if pixels == "further" else 1)
    assert second.draft is not None
    limits = " ".join(line.text for line in second.draft.sections["limitations"])
    assert first.case_id in limits
    assert all(words in limits for words in changed), second.draft.withheld
    assert "BERG" not in limits
    assert "STEIN" not in limits


def assert_addendum(second: CaseFile, first: CaseFile) -> None:
    follows = second.case.follows
    assert follows is not None
    assert follows.replaces is None
    assert follows.addendum_to is not None
    assert (follows.addendum_to.case_id, follows.addendum_to.signed_by) == (first.case_id, "Dr A")
    assert any("ADDENDUM" in banner and first.case_id in banner for banner in document_of(second).banners)


def test_what_follows_a_rejected_read_leaves_it_rejected(room: ReadingRoom, film: Film) -> None:
    first = send(room, film())
    room.decide(first.case_id, sign_all(first, decision="reject"))
    assert send(room, film()).case_id == first.case_id, "the same again is not read again"
    second = send(room, film(2, 2))
    assert room.file(first.case_id).status == "rejected"
    assert second.case.follows is not None
    assert (second.case.follows.replaces, second.case.follows.addendum_to) == (None, None)
    assert "a further image" in second.case.follows.changed


def test_what_was_not_sent_again_is_kept(room: ReadingRoom, film: Film) -> None:
    send(room, film(), order=ORDER)
    second = send(room, film(2, 2, StudyDate="", PatientBirthDate=""))
    assert second.case.order == ORDER
    assert second.case.study.study_date == "20250601"
    assert {image.sop_instance_uid for image in second.case.study.images} == {f"{STUDY}.1.1", f"{STUDY}.2.1"}
    assert (room.store.identity(second.case_id) or {})["birth_date"] == "19600101"
    assert set(room.store.headers(second.case_id)) == {f"{STUDY}.1.1", f"{STUDY}.2.1"}
    assert send(room, film(1, 1)).case_id == second.case_id, "an image on file adds nothing"


def test_the_parts_of_a_study_are_one_case_however_they_come(room: ReadingRoom, film: Film) -> None:
    parts = [film(1, 1), film(2, 2), film(3, 3)]
    *_, last = [send(room, part) for part in parts]
    assert len(last.case.study.images) == 3
    assert waiting(room) == [last.case_id]
    assert send(room, *parts).case_id == last.case_id


def test_an_addendum_may_be_replaced_and_still_names_what_is_signed(room: ReadingRoom, film: Film) -> None:
    signed = send(room, film())
    room.decide(signed.case_id, sign_all(signed))
    first = send(room, film(2, 2))
    second = send(room, film(3, 3))
    assert second.case.follows is not None
    assert second.case.follows.replaces == first.case_id
    assert second.case.follows.addendum_to is not None
    assert second.case.follows.addendum_to.case_id == signed.case_id
    final = room.decide(second.case_id, sign_all(second, "Dr B"))
    assert any("ADDENDUM" in banner and "Dr A" in banner for banner in document_of(final).banners)
    third = send(room, film(4, 4))
    assert third.case.follows is not None
    assert third.case.follows.addendum_to is not None
    assert third.case.follows.addendum_to.signed_by == "Dr B"


def test_a_correction_taken_back_is_read_again(room: ReadingRoom, film: Film) -> None:
    first = send(room, film())
    second = send(room, film(PatientName="BERG^ANNA"))
    third = send(room, film())
    assert len({first.case_id, second.case_id, third.case_id}) == 3
    assert waiting(room) == [third.case_id]
    assert room.store.row(second.case_id).replaced_by == third.case_id


def test_a_critical_result_of_a_replaced_read_is_told_in_the_next(tmp_path: Path, film: Film) -> None:
    seen = [[score("Pneumothorax", 0.95)], [score("Pneumothorax", 0.05)]]
    tools = scripted_tools(classification=ScriptedTool("classification", lambda _work: seen.pop(0)))
    with scripted_room(tmp_path / "home", tools) as room:
        first = send(room, film())
        second = send(room, film(2, 2))
    assert [alert.label for alert in first.alerts] == ["Pneumothorax"]
    assert second.case.follows is not None
    assert second.case.follows.raised == (first.alerts[0].message,)
    assert any(first.alerts[0].message in alert for alert in document_of(second).alerts)


@pytest.mark.parametrize("decided", [False, True])
def test_another_version_of_the_program_reads_a_waiting_draft_again_and_leaves_a_signed_one(
    room: ReadingRoom, film: Film, decided: bool
) -> None:
    path = film(name="one.dcm")
    first = send(room, path)
    if decided:
        room.decide(first.case_id, sign_all(first))
    _alter(room.store, first.case_id, graph_version=0, content="as an older version read it")
    taken = room.take_in([path])
    assert isinstance(taken, AdmittedCase)
    assert (taken.case.case_id == first.case_id) == decided
    if not decided:
        assert room.read(taken.case.case_id).status == "awaiting_review"
        assert room.file(first.case_id).status == "replaced"


def test_a_signed_case_of_the_first_release_is_known_again(room: ReadingRoom, film: Film) -> None:
    first = send(room, film())
    room.decide(first.case_id, sign_all(first))
    _alter(room.store, first.case_id, content=None, sources_json=None)
    assert send(room, film()).case_id == first.case_id
    assert send(room, film(ViewPosition="AP")).case_id != first.case_id


def test_the_store_of_the_first_release_gets_the_new_columns(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'cases.sqlite'}"
    Database(url, tmp_path / "locks").close()
    with closing(sqlite3.connect(tmp_path / "cases.sqlite")) as old:
        forget_revisions(old)
        for column in ("content", "sources_json", "replaced_by"):
            old.execute(f"ALTER TABLE cases DROP COLUMN {column}")
        old.commit()
    database = Database(url, tmp_path / "locks")
    assert CaseStore(database).rows() == []
    database.close()


def test_the_same_content_under_another_profile_is_the_next_read(tmp_path: Path, film: Film) -> None:
    path = film(name="one.dcm")
    with scripted_room(tmp_path / "home") as room:
        first = send(room, path)
    with scripted_room(tmp_path / "home", profile="embedded") as room:
        taken = room.take_in([path])
    assert isinstance(taken, AdmittedCase)
    assert taken.case.follows is not None
    assert taken.case.follows.replaces == first.case_id
    assert taken.case.follows.changed == ("another profile of models",)


def _alter(store: CaseStore, case_id: str, **values: object) -> None:
    names = ", ".join(f"{name} = :{name}" for name in values)
    with store._database.begin() as connection:
        connection.execute(
            sa.text(f"UPDATE cases SET {names} WHERE case_id = :case_id"), {**values, "case_id": case_id}
        )
