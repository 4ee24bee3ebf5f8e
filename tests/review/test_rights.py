"""Each address, action and call obeys the rights of the account: user B sees nothing of user A's case without them."""

import json
from collections.abc import Iterator

import httpx
import pytest

from overread.errors import UsageError
from overread.records import CaseFile
from overread.review.access import Seals
from overread.review.desk import Desk
from tests.review.people import SECRET, Clinic, open_clinic
from tests.review.stage import DECIDE_CASE, OPEN_CASE, SHOW_LIST, Stage, own_session, post_event
from tests.review.test_security import decision, sealed


@pytest.fixture(scope="module")
def clinic(stage: Stage) -> Iterator[Clinic]:
    with open_clinic(stage) as opened:
        yield opened


@pytest.fixture(scope="module")
def divided(stage: Stage) -> Iterator[Clinic]:
    with open_clinic(stage, see="assigned") as opened:
        yield opened


def statuses(visitor: httpx.Client, file: CaseFile) -> dict[str, int]:
    """Ask at every address of a case."""
    mask = next(item for item in file.evidence if item.payload.kind == "mask")
    paths = (
        f"/picture/{file.case_id}/0",
        f"/preview/{file.case_id}/0",
        f"/mask/{file.case_id}/{mask.id}",
        f"/progress/{file.case_id}",
    )
    return {path: visitor.get(path).status_code for path in paths}


@pytest.mark.parametrize("name", ["viewer", "reviewer"])
def test_where_people_see_what_is_assigned_to_them_the_rest_is_not_there(divided: Clinic, name: str) -> None:
    own, other, moving = (
        divided.stage.case(),
        divided.stage.case(name="OTHERPATIENT^X"),
        divided.stage.case(read=False),
    )
    divided.assign(own.case_id, name)
    with divided.visitor(name) as visitor:
        assert set(statuses(visitor, own).values()) == {200}
        assert set(statuses(visitor, other).values()) == {404}
        assert moving.case_id not in visitor.get("/progress").json()["cases"]
        for file, seen in ((own, True), (other, False)):
            found = {"query": {"find": file.case_id}}
            listed = post_event(visitor, f"list {name}", SHOW_LIST, found)["html"]
            assert (f'data-case="{file.case_id}"' in listed) is seen
        opened = post_event(visitor, f"open {name}", OPEN_CASE, {"case_id": other.case_id})
        unknown = post_event(visitor, f"open {name}", OPEN_CASE, {"case_id": "c-" + "f" * 16})
    assert opened == unknown  # not even that there is such a case
    assert opened["html"] is None
    assert divided.audited(other.case_id)[-1] == (name, "refused")


def test_a_signer_sees_all_and_a_case_moves_with_its_assignment(divided: Clinic) -> None:
    file = divided.stage.case()
    with divided.visitor("signer") as signer, divided.visitor("viewer") as viewer:
        assert set(statuses(signer, file).values()) == {200}
        assert set(statuses(viewer, file).values()) == {404}
        divided.assign(file.case_id, "viewer")
        assert set(statuses(viewer, file).values()) == {200}


def test_an_admin_lists_cases_and_sees_none(clinic: Clinic) -> None:
    file = clinic.stage.case(name="SECRETFAMILYNAME^ANNA")
    with clinic.visitor("admin") as visitor:
        assert set(statuses(visitor, file).values()) == {404}
        found = {"query": {"find": file.case_id}}
        assert file.case_id in post_event(visitor, "admin list", SHOW_LIST, found)["html"]
        opened = post_event(visitor, "admin open", OPEN_CASE, {"case_id": file.case_id})
    assert opened["html"] is None
    assert "SECRETFAMILYNAME" not in json.dumps(opened)


@pytest.mark.parametrize("name", ["viewer", "reviewer"])
def test_who_may_not_sign_does_not_even_with_the_right_seal(clinic: Clinic, name: str) -> None:
    file = clinic.stage.case()
    with clinic.visitor(name) as visitor:
        seal = sealed(post_event(visitor, f"forge {name}", OPEN_CASE, {"case_id": file.case_id}))
        for what in ("sign", "reject"):
            sent = decision(file, seal) | {"decision": what, "comment": "x"}
            assert "may not" in post_event(visitor, f"forge {name}", DECIDE_CASE, sent)["notice"]
    assert clinic.stage.room.file(file.case_id).status == "awaiting_review"
    assert (name, "refused") in clinic.audited(file.case_id)


def test_a_viewer_sends_nothing_back_and_a_reviewer_does(clinic: Clinic) -> None:
    file = clinic.stage.case()
    for name, done in (("viewer", False), ("reviewer", True)):
        with clinic.visitor(name) as visitor:
            seal = sealed(post_event(visitor, f"back {name}", OPEN_CASE, {"case_id": file.case_id}))
            sent = decision(file, seal) | {"decision": "revise", "comment": "again"}
            shown = post_event(visitor, f"back {name}", DECIDE_CASE, sent)
        assert ("Sent back" in shown["notice"]) is done


def test_the_account_signs_whatever_name_the_page_sends(clinic: Clinic) -> None:
    file = clinic.stage.case()
    with clinic.visitor("signer") as visitor:
        seal = sealed(post_event(visitor, "own name", OPEN_CASE, {"case_id": file.case_id}))
        post_event(visitor, "own name", DECIDE_CASE, decision(file, seal, secret=SECRET))
    final = clinic.stage.room.file(file.case_id).final
    assert final is not None
    assert final.signed_by == "Dr Signer"


def test_two_at_once_have_each_their_own_and_one_signs(clinic: Clinic) -> None:
    file = clinic.stage.case()
    clinic.stage.room.home.people.add("second", "Dr Second", "signer", SECRET, "root")
    with clinic.visitor("signer") as one, clinic.visitor("second") as two:
        first = sealed(post_event(one, "tab of one", OPEN_CASE, {"case_id": file.case_id}))
        second = sealed(post_event(two, "tab of two", OPEN_CASE, {"case_id": file.case_id}))
        assert first != second
        stolen = post_event(two, "tab of two", DECIDE_CASE, decision(file, first))
        assert "not about the draft" in stolen["notice"]
        post_event(two, "tab of two", DECIDE_CASE, decision(file, second, secret=SECRET))
        late = post_event(one, "tab of one", DECIDE_CASE, decision(file, first, secret=SECRET))
    assert late["level"] == "stale"
    final = clinic.stage.room.file(file.case_id).final
    assert final is not None
    assert final.signed_by == "Dr Second"


def test_nobody_listens_to_the_answers_of_another(clinic: Clinic) -> None:
    file = clinic.stage.case(name="OVERHEARD^A")
    with clinic.visitor("signer") as one, clinic.visitor("viewer") as two:
        post_event(one, "overheard", OPEN_CASE, {"case_id": file.case_id})
        name = own_session(one, "overheard")
        stream = two.get("/gradio_api/queue/data", params={"session_hash": name})
        assert (stream.status_code, stream.text) == (404, "There is nothing here.")
        assert two.get(f"/gradio_api/heartbeat/{name}").status_code == 404


def test_each_opening_of_a_case_is_audited_once(clinic: Clinic) -> None:
    file = clinic.stage.case()
    with clinic.visitor("viewer") as visitor:
        for session in ("first look", "first look", "second look"):
            post_event(visitor, session, OPEN_CASE, {"case_id": file.case_id})
    assert clinic.audited(file.case_id) == [("viewer", "view"), ("viewer", "view")]


def test_what_needs_no_case_asks_for_its_right_as_well(clinic: Clinic) -> None:
    for name, status in (("viewer", 403), ("admin", 403), ("reviewer", 400), ("signer", 400)):
        with clinic.visitor(name) as visitor:
            answer = visitor.post("/cases/new", content=b"x", headers={"x-overread-order": "e30="})
            assert answer.status_code == status, name
            assert answer.status_code != 403 or (name, "refused") in clinic.audited("page")


def test_the_desk_gives_each_right_to_its_roles_only(clinic: Clinic) -> None:
    file = clinic.stage.case()
    desk = Desk(clinic.stage.room, clinic.access, Seals())
    may: dict[str, list[bool]] = {}
    for name in ("viewer", "reviewer", "signer", "admin"):
        with clinic.visitor(name) as visitor:
            reader = clinic.access.reader(dict(visitor.cookies), {})
        for ask in (desk.readable, desk.decidable, desk.signable):
            try:
                ask(reader, file.case_id)
            except UsageError:
                may.setdefault(name, []).append(False)
            else:
                may.setdefault(name, []).append(True)
    assert may == {
        "viewer": [True, False, False],
        "reviewer": [True, True, False],
        "signer": [True, True, True],
        "admin": [False, False, False],
    }
