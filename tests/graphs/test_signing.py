"""A signature is over one text: shown, composed again and stored, or nothing is signed."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.errors import StaleReview, UsageError
from overread.records import CaseFile, Password, Review, TypedName, content_digest, text_digest
from overread.signing import Addition, Amendment, Signer
from tests.graphs.rooms import put_case, scripted_room, sign_all


def signer(name: str = "Dr B", **more: object) -> Signer:
    return Signer(name, datetime.now(UTC), meaning="authorship", **more)  # type: ignore[arg-type]


def first_place(file: CaseFile) -> str:
    sections = file.signed_sections or {}
    return f"{next(section for section, items in sections.items() if items)}-0"


def test_the_text_that_was_shown_is_what_is_signed_delivered_and_kept(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        shown = room.to_sign(file.case_id, sign_all(file))
        known = Password(account="a", again=True)
        review = sign_all(file).model_copy(
            update={"text_digest": shown.digest, "meaning": "approval", "over": "shown", "confirmed": known}
        )
        signed = room.decide(file.case_id, review)
        delivered = json.loads((room.home.delivery(file.case_id) / "case.json").read_text())
        (link,) = [link for link in room.store.audit.of(file.case_id) if link.action == "sign"]
    assert signed.final is not None
    assert signed.newest is not None
    assert (signed.final.text_digest, signed.final.confirmed, signed.final.over) == (shown.digest, known, "shown")
    assert (signed.newest.text, signed.newest.text_digest) == (shown.text, text_digest(shown.text))
    assert delivered["versions"][0]["text"] == shown.text
    assert {"text": shown.digest, "meaning": "approval", "confirmed": "password"}.items() <= json.loads(
        link.detail
    ).items()


def test_another_text_than_the_one_shown_is_not_signed(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        other = sign_all(file).model_copy(update={"text_digest": "0" * 64})
        for sign in (room.decide, room.sign_preliminary):
            with pytest.raises(StaleReview, match="text of the report changed"):
                sign(file.case_id, other)
        assert room.file(file.case_id).versions == ()
        assert room.decide(file.case_id, sign_all(file)).status == "signed"


def test_a_preliminary_report_leaves_the_draft_waiting_and_is_fail_closed(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        with pytest.raises(UsageError, match="undecided"):
            room.sign_preliminary(file.case_id, sign_all(file).model_copy(update={"statements": ()}))
        with pytest.raises(UsageError, match="is signed"):
            room.sign_preliminary(file.case_id, sign_all(file, decision="reject"))
        after = room.sign_preliminary(file.case_id, sign_all(file))
        assert (after.status, after.final, after.preliminary) == ("awaiting_review", None, after.newest)
        again = room.decide(file.case_id, sign_all(after, decision="revise"))
        assert again.preliminary is None
        assert len(again.versions) == 1


def test_a_preliminary_report_that_a_reader_has_not_seen_is_told_before_anything_is_decided(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        first = room.sign_preliminary(file.case_id, sign_all(file, reviewer="Dr A"), len(file.versions))
        late = sign_all(file, reviewer="Dr B")
        for decide in (room.sign_preliminary, room.decide):
            with pytest.raises(StaleReview, match=r"Dr A signed version 1 of this report at .* open the case again"):
                decide(file.case_id, late, len(file.versions))
        with pytest.raises(StaleReview, match="Dr A signed version 1"):
            room.decide(file.case_id, sign_all(file, reviewer="Dr B", decision="reject"), len(file.versions))
        assert room.file(file.case_id).versions == first.versions
        assert room.decide(file.case_id, late, len(first.versions)).status == "signed"


@pytest.mark.parametrize(("rule", "refused"), [("off", False), ("stat", False), ("always", True)])
def test_a_second_reader_is_another_person(tmp_path: Path, rule: str, refused: bool) -> None:
    with scripted_room(tmp_path, second_reader=rule) as room:
        file = room.read(put_case(room))
        if refused:
            with pytest.raises(UsageError, match="comes first"):
                room.decide(file.case_id, sign_all(file))
            account = {"confirmed": Password(account="a", again=True)}
            room.sign_preliminary(file.case_id, sign_all(file).model_copy(update=account))
            for same in (sign_all(file), sign_all(file, reviewer="Renamed").model_copy(update=account)):
                with pytest.raises(UsageError, match="another signs this"):
                    room.decide(file.case_id, same)
        assert room.decide(file.case_id, sign_all(file, reviewer="Dr B")).status == "signed"


def test_versions_follow_each_other_and_the_signed_report_stays(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        with pytest.raises(UsageError, match="not signed"):
            room.follow(file.case_id, Addition("too early"), signer(), None)
        signed = room.decide(file.case_id, sign_all(file))
        added = room.follow(file.case_id, Addition(" The ward was told. "), signer(), None)
        amended = room.follow(
            file.case_id, Amendment({first_place(added): "Put right."}, "wrong side"), signer("Dr C"), None
        )
        assert room.file(file.case_id) == amended
    assert amended.final == signed.final
    assert [item.status for item in amended.versions] == ["final", "appended", "amended"]
    first, second, third = amended.versions
    assert (second.supersedes, third.supersedes) == (first.text_digest, second.text_digest)
    assert second.text == f"{first.text}\nADDENDUM\nThe ward was told.\n"
    assert "Put right." in third.text
    assert third.text.endswith("ADDENDUM\nThe ward was told.\n")
    assert (third.signed_by, third.reason, third.addition) == ("Dr C", "wrong side", None)
    assert amended.after_signature is not None
    assert amended.after_signature.text_digest == third.text_digest
    assert added.after_signature is not None
    assert added.after_signature.text_digest == second.text_digest


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Addition(" "), "says nothing"),
        (Amendment({"findings-0": "x"}, " "), "needs a reason"),
        (Amendment({"findings-99": "x"}, "why"), "no sentence findings-99"),
        (Amendment({}, "why"), "changes no sentence"),
    ],
)
def test_what_changes_nothing_is_no_version(tmp_path: Path, change: Addition | Amendment, why: str) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        room.decide(file.case_id, sign_all(file))
        with pytest.raises(UsageError, match=why):
            room.follow(file.case_id, change, signer(), None)
        assert len(room.file(file.case_id).versions) == 1


def test_who_saw_an_older_version_or_another_text_adds_nothing(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        seen = room.decide(file.case_id, sign_all(file)).newest
        assert seen is not None
        with pytest.raises(StaleReview, match="text of the report changed"):
            room.follow(file.case_id, Addition("x"), signer(text_digest="0" * 64), seen.text_digest)
        room.follow(file.case_id, Addition("first"), signer("Dr First"), seen.text_digest)
        with pytest.raises(StaleReview, match="Dr First signed version 2"):
            room.follow(file.case_id, Addition("second"), signer("Dr Late"), seen.text_digest)
        assert len(room.file(file.case_id).versions) == 2


def test_of_two_at_once_one_is_version_two(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        seen = room.decide(file.case_id, sign_all(file)).newest
        assert seen is not None
        told: list[str] = []

        def add(name: str) -> None:
            try:
                room.follow(file.case_id, Addition(name), signer(name), seen.text_digest)
            except StaleReview as error:
                told.append(str(error))

        threads = [threading.Thread(target=add, args=(name,)) for name in ("Dr X", "Dr Y")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(told) == 1
        assert len(room.file(file.case_id).versions) == 2


def test_a_report_that_was_signed_before_there_were_versions_is_the_first_of_them(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        signed = room.decide(file.case_id, sign_all(file))
    older = signed.with_versions(())
    assert older.newest is not None
    assert signed.newest is not None
    assert (older.newest.version, older.newest.text_digest) == (1, signed.newest.text_digest)


def test_a_review_of_an_earlier_version_is_written_as_before() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    plain = Review(reviewer="A", decision="sign", draft_digest="d", at=now)
    told = plain.model_dump(mode="json")
    assert set(told) == {"reviewer", "role", "decision", "statements", "comment", "draft_digest", "at"}
    assert Review.model_validate(told) == plain
    signed = plain.model_copy(update={"meaning": "authorship", "confirmed": TypedName(name="A")})
    assert Review.model_validate(signed.model_dump(mode="json")) == signed
    assert content_digest(told, length=64) == content_digest(plain.model_dump(mode="json"), length=64)
