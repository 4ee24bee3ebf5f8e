"""Local accounts: who gets in, for how long, and that nobody can guess or tell who works here."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from overread.review import create_app
from overread.review.access import Refused
from overread.review.accounts import WRONG, AccountAccess
from tests.graphs.rooms import settings
from tests.review.people import SECRET, Clinic, open_clinic
from tests.review.stage import SHOW_LIST, Stage, post_event, served

T0 = datetime(2026, 1, 1, 8, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def clinic(stage: Stage) -> Iterator[Clinic]:
    with open_clinic(stage) as opened:
        yield opened


def test_who_is_not_signed_in_is_led_to_the_form_and_back_to_what_was_asked_for(clinic: Clinic) -> None:
    with clinic.visitor() as visitor:
        sent = visitor.get("/?case=c-0000000000000001")
        assert sent.status_code == 303
        assert sent.headers["location"] == "/sign-in?next=%2F%3Fcase%3Dc-0000000000000001"
        form = visitor.get(sent.headers["location"])
        assert form.status_code == 200
        assert 'value="/?case=c-0000000000000001"' in form.text
        signed = clinic.sign_in(visitor, "signer", SECRET, next="/?case=c-0000000000000001")
        assert 'content="0;url=/?case=c-0000000000000001"' in signed.text
        cookie = signed.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert visitor.get("/").status_code == 200
        assert visitor.get("/session").json()["name"] == "Dr Signer"


@pytest.mark.parametrize(
    "path", ["/config", "/review/app.js", "/picture/c-0000000000000001/0", "/progress", "/session"]
)
def test_nothing_but_the_form_is_there_for_who_is_not_signed_in(clinic: Clinic, path: str) -> None:
    assert httpx.get(clinic.address + path).status_code == 401


def test_the_form_has_its_colours_before_anybody_is_signed_in(clinic: Clinic) -> None:
    form = httpx.get(clinic.address + "/sign-in").text
    for name in ("palette.css", "theme.js"):
        assert f'"/review/{name}"' in form
        assert httpx.get(f"{clinic.address}/review/{name}").status_code == 200


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/x", "/?a=<script>", '/?"', "javascript:1"]
)
def test_nobody_is_sent_to_another_site(clinic: Clinic, onward: str) -> None:
    with clinic.visitor() as visitor:
        assert 'url=/"' in clinic.sign_in(visitor, "signer", SECRET, next=onward).text
        assert "evil" not in httpx.get(clinic.address + "/sign-in", params={"next": onward}).text


def test_a_page_of_another_site_can_neither_sign_in_nor_out_nor_unlock(clinic: Clinic) -> None:
    with clinic.visitor("signer") as visitor:
        other = {"origin": "https://evil.example"}
        for path in ("/sign-in", "/sign-out", "/session"):
            assert visitor.post(path, headers=other, data={"name": "signer", "password": SECRET}).status_code == 403
        assert visitor.post("/session", content="do=lock").status_code == 415
        assert visitor.get("/session").json()["locked"] is False


def test_fifty_wrong_passwords_are_told_alike_whether_the_name_exists_or_not(stage: Stage) -> None:
    told: dict[str, list[str]] = {}
    home = stage.room.home
    home.people.add("victim", "Dr Victim", "signer", SECRET, "root")
    for name in ("victim", "nobody-here"):
        access = AccountAccess(home, settings(home.root), lambda: T0)
        told[name] = [_tried(access, name, "wrong password", f"10.0.{number}.1") for number in range(50)]
        told[name].append(_tried(access, name, SECRET, "10.9.9.9"))
    assert told["victim"] == told["nobody-here"]
    assert told["victim"][:4] == [WRONG] * 4
    assert all(said.startswith("Too many tries") for said in told["victim"][4:])


def test_the_right_password_gets_in_after_the_wait_even_over_a_restart(stage: Stage) -> None:
    home, now = stage.room.home, [T0 + timedelta(days=2)]
    home.people.add("late", "Dr Late", "signer", SECRET, "root")
    for _ in range(4):
        _tried(AccountAccess(home, settings(home.root), lambda: now[0]), "late", "wrong password", "10.1.1.1")
    again = AccountAccess(home, settings(home.root), lambda: now[0])
    assert _tried(again, "late", SECRET, "10.1.1.2").startswith("Too many tries")
    now[0] += timedelta(seconds=3)
    assert _tried(again, "late", SECRET, "10.1.1.2") == "in"


def test_a_login_outlives_the_process_and_a_signed_out_one_is_no_more(stage: Stage, clinic: Clinic) -> None:
    with clinic.visitor("reviewer") as visitor, served(create_app(stage.room, clinic.access)) as restarted:
        cookie = {"cookie": f"overread={visitor.cookies['overread']}"}
        assert httpx.get(f"{restarted}/session", headers=cookie).json()["name"] == "Dr Reviewer"
        assert visitor.post("/sign-out").status_code == 303
        assert httpx.get(f"{restarted}/session", headers=cookie).status_code == 401
        assert httpx.get(f"{clinic.address}/config", headers=cookie).status_code == 401


def test_a_disabled_account_is_out_at_once_with_what_it_had_open(clinic: Clinic) -> None:
    people = clinic.stage.room.home.people
    people.add("leaver", "Dr Leaver", "signer", SECRET, "root")
    with clinic.visitor("leaver") as visitor:
        assert "html" in post_event(visitor, "leaver's tab", SHOW_LIST, {})
        people.disable("leaver", "root")
        assert visitor.get("/config").status_code == 401
        body = {"data": [None], "fn_index": SHOW_LIST, "session_hash": "leaver's tab", "event_data": {}}
        assert visitor.post("/gradio_api/queue/join", json=body).status_code == 401
        assert clinic.sign_in(visitor, "leaver", SECRET).status_code == 401


def test_a_role_that_was_taken_away_is_gone_with_the_next_request(clinic: Clinic) -> None:
    people = clinic.stage.room.home.people
    people.add("mover", "Dr Mover", "signer", SECRET, "root")
    with clinic.visitor("mover") as visitor:
        people.set_role("mover", "viewer", "root")
        assert visitor.get("/session").json()["role"] == "viewer"
        assert visitor.post("/cases/new", content=b"x", headers={"x-overread-order": "e30="}).status_code == 403


def test_an_idle_login_is_locked_for_every_address_until_the_password_is_given(stage: Stage) -> None:
    file = stage.case()
    with open_clinic(stage, idle_minutes=10) as clinic, clinic.visitor("signer") as visitor:
        assert visitor.get(f"/picture/{file.case_id}/0").status_code == 200
        clinic.clock.ahead += timedelta(minutes=9)
        assert visitor.post("/session", json={"do": "seen"}).json()["locked"] is False
        clinic.clock.ahead += timedelta(minutes=9)
        assert visitor.get("/progress").status_code == 200
        clinic.clock.ahead += timedelta(minutes=2)
        for path in ("/config", "/progress", f"/picture/{file.case_id}/0", "/gradio_api/heartbeat/x"):
            assert visitor.get(path).status_code == 401, path
        assert visitor.post("/call/nothing", json={}).status_code == 401
        assert visitor.post("/session", json={"do": "seen"}).json()["locked"] is True
        wrong = visitor.post("/session", json={"do": "unlock", "password": "wrong password"})
        assert (wrong.status_code, wrong.json()) == (403, {"error": WRONG})
        assert visitor.post("/session", json={"do": "unlock", "password": SECRET}).json()["locked"] is False
        assert visitor.get(f"/picture/{file.case_id}/0").status_code == 200


def test_a_signature_takes_the_password_again_unless_it_was_given_just_now(stage: Stage) -> None:
    with open_clinic(stage, confirm_minutes=2) as clinic, clinic.visitor("signer") as visitor:
        reader = clinic.access.reader(dict(visitor.cookies), {})
        assert reader is not None
        assert clinic.access.confirm(reader, "")
        clinic.clock.ahead += timedelta(minutes=3)
        assert not clinic.access.confirm(reader, "")
        with pytest.raises(Refused, match="wrong"):
            clinic.access.confirm(reader, "not the password")
        assert clinic.access.confirm(reader, SECRET)
        assert clinic.access.confirm(reader, "")


def test_coming_going_and_failing_are_audited_without_what_was_typed(clinic: Clinic) -> None:
    before = len(clinic.audited("sign-in"))
    with clinic.visitor("viewer") as visitor:
        visitor.post("/session", json={"do": "lock"})
        visitor.post("/session", json={"do": "unlock", "password": SECRET})
        visitor.post("/sign-out")
        clinic.sign_in(visitor, "viewer", "wrong password")
        clinic.sign_in(visitor, "my secret typed as a name", "x")
    assert clinic.audited("sign-in")[before:] == [
        ("viewer", "sign_in"),
        ("viewer", "lock"),
        ("viewer", "unlock"),
        ("viewer", "sign_out"),
        ("viewer", "sign_in_failed"),
        ("unknown", "sign_in_failed"),
    ]


def test_markup_as_a_name_stays_text_and_a_long_form_is_refused(clinic: Clinic) -> None:
    with clinic.visitor() as visitor:
        assert "<img" not in clinic.sign_in(visitor, "<img src=x onerror=alert(1)>", "x").text
        assert clinic.sign_in(visitor, "signer", "x" * 5000).status_code == 413
        assert visitor.post("/sign-in", json={"name": "signer"}).status_code == 415
        assert visitor.post("/sign-in", content=b"\xff\xfe%", headers=FORM).status_code == 401


def test_many_tries_at_the_same_moment_are_counted_one_after_the_other(stage: Stage) -> None:
    home = stage.room.home
    home.people.add("rushed", "Dr Rushed", "viewer", SECRET, "root")
    access = AccountAccess(home, settings(home.root), lambda: T0 + timedelta(days=4))
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda n: _tried(access, "rushed", "wrong password", f"10.7.{n}.1"), range(24)))
    assert said.count(WRONG) == 4


def _tried(access: AccountAccess, name: str, password: str, address: str) -> str:
    try:
        access.sign_in(name, password, address, {})
    except Refused as error:
        return f"{error}"
    return "in"
