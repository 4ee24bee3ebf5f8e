"""Sign-in at a real identity provider: what is forged, replayed, late, foreign or nobody's gets nobody in."""

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from overread.errors import SettingsError
from overread.outputs.signature_text import signature_words
from overread.records import CaseFile, ProviderLogin
from overread.review import create_app
from overread.review.oidc_access import ConfirmingOidcAccess, OidcAccess
from overread.review.signing_in import access_for
from overread.settings import Oidc, load_settings
from tests.graphs.rooms import settings
from tests.needs import require
from tests.review.people import Clock
from tests.review.stage import DECIDE_CASE, OPEN_CASE, SHOW_LIST, Stage, post_event, served
from tests.review.test_security import decision, sealed

require("oidc")

from overread.review.oidc_provider import OidcProvider
from tests.review.op import CLIENT, SECRET, Claims, OpenIdProvider, new_key, open_provider, signed, unsigned

PEOPLE: dict[str, Claims] = {
    "vera": {"preferred_username": "Vera", "email": "vera@hospital.example", "email_verified": True},
    "max": {"preferred_username": "max", "email": "max@hospital.example", "email_verified": False},
    "stranger": {"preferred_username": "stranger"},
    "gone-home": {"preferred_username": "gone-home"},
    "kept-here": {"preferred_username": "kept-here"},
    "kelvin": {"preferred_username": "\u212aelvin"},
    "nameless": {"name": "No Name"},
}
FOREIGN = new_key("first")
"""A key of nobody here, under the name of the provider's own."""


@dataclass
class Ward:
    """A page that people sign in to at a provider."""

    stage: Stage
    address: str
    op: OpenIdProvider
    clock: Clock
    access: OidcAccess

    @contextmanager
    def visitor(self, person: str | None = None) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.address, timeout=60) as client:
            if person is not None:
                arrived = self.sign_in(client, person)
                assert arrived.status_code == 200, arrived.text
            yield client

    def asked(self, client: httpx.Client, path: str = "/sign-in/go") -> str:
        sent = client.get(path)
        assert sent.status_code == 303, sent.text
        return sent.headers["location"]

    def way_back(self, client: httpx.Client, path: str = "/sign-in/go") -> str:
        """Go to the provider and give where it sends the browser."""
        answer = httpx.get(self.asked(client, path), timeout=60)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def sign_in(self, client: httpx.Client, person: str = "vera", path: str = "/sign-in/go") -> httpx.Response:
        self.op.person = person
        return client.get(self.way_back(client, path))

    def audited(self) -> list[tuple[str, str, str | None]]:
        links = self.stage.room.store.audit.of("sign-in")
        return [(link.actor, link.action, json.loads(link.detail or "{}").get("why")) for link in links]


@contextmanager
def open_ward(stage: Stage, **other: Any) -> Iterator[Ward]:
    home, clock = stage.room.home, Clock()
    for name in ("vera", "max", "gone-home", "kelvin"):
        if home.people.find(name) is None:
            home.people.add(name, f"Dr {name.title()}", "signer", None, "root")
    if home.people.find("kept-here") is None:
        home.people.add("kept-here", "Dr Here", "signer", "four plain words here", "root")
    port = _free_port()
    op = OpenIdProvider(PEOPLE, clock=lambda: clock().timestamp())
    with open_provider(op, f"http://127.0.0.1:{port}/sign-in/back") as provider:
        oidc = Oidc(issuer=provider.issuer, client_id=CLIENT, client_secret=SECRET, **other.pop("oidc", {}))
        chosen = settings(home.root, sign_in="oidc", oidc=oidc, **other)
        kind = ConfirmingOidcAccess if oidc.confirm == "login" else OidcAccess
        access = kind(home, chosen, OidcProvider(oidc, clock), clock)
        with served(create_app(stage.room, access), port) as address:
            yield Ward(stage, address, provider, clock, access)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def shared(stage: Stage) -> Iterator[Ward]:
    with open_ward(stage) as opened:
        yield opened


@pytest.fixture
def ward(shared: Ward) -> Ward:
    """Give the ward as if nobody had told its provider anything."""
    shared.op.person, shared.op.forge, shared.op.metadata = "vera", None, {}
    shared.op.seen.clear()
    shared.clock.ahead = timedelta()
    return shared


def test_who_is_not_signed_in_is_led_to_the_provider_and_back_to_what_was_asked_for(ward: Ward) -> None:
    with ward.visitor() as visitor:
        sent = visitor.get("/?case=c-0000000000000001")
        assert sent.headers["location"] == "/sign-in?next=%2F%3Fcase%3Dc-0000000000000001"
        page = visitor.get(sent.headers["location"])
        assert "Sign in with 127.0.0.1" in page.text
        assert 'type="password"' not in page.text
        arrived = ward.sign_in(visitor, path="/sign-in/go?next=/%3Fcase%3Dc-0000000000000001")
        assert 'content="0;url=/?case=c-0000000000000001"' in arrived.text
        cookies = arrived.headers.get_list("set-cookie")
        assert any("HttpOnly" in said and "SameSite=strict" in said for said in cookies if "overread=" in said)
        assert visitor.get("/session").json() == {
            "way": "oidc", "name": "Dr Vera", "role": "signer", "locked": False, "idle": 900.0,
        }  # fmt: skip
        assert "html" in post_event(visitor, "vera's tab", SHOW_LIST, {})
        assert ward.audited()[-1][:2] == ("vera", "sign_in")


def test_the_provider_is_asked_by_code_with_pkce_state_and_nonce(ward: Ward) -> None:
    with ward.visitor() as visitor:
        first, second = (parse_qs(urlsplit(ward.asked(visitor)).query) for _ in range(2))
    assert first["response_type"] == ["code"]
    assert first["code_challenge_method"] == ["S256"]
    assert first["redirect_uri"] == [f"{ward.address}/sign-in/back"]
    assert "openid" in first["scope"][0]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]


def test_a_login_outlives_the_process_and_gets_a_new_cookie_each_time(ward: Ward) -> None:
    with ward.visitor("vera") as visitor, served(create_app(ward.stage.room, ward.access)) as restarted:
        cookie = visitor.cookies["overread"]
        assert httpx.get(f"{restarted}/session", headers={"cookie": f"overread={cookie}"}).status_code == 200
        visitor.post("/sign-out")
        ward.sign_in(visitor)
        assert visitor.cookies["overread"] != cookie
        assert httpx.get(f"{restarted}/session", headers={"cookie": f"overread={cookie}"}).status_code == 401


def test_a_cookie_that_was_planted_is_not_the_one_that_is_signed_in(ward: Ward) -> None:
    with ward.visitor() as visitor:
        visitor.cookies.set("overread", "planted")
        arrived = ward.sign_in(visitor)
        assert all("planted" not in said for said in arrived.headers.get_list("set-cookie"))
    assert httpx.get(f"{ward.address}/session", headers={"cookie": "overread=planted"}).status_code == 401


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/x", '/?"', "javascript:1"])
def test_nobody_is_sent_to_another_site(ward: Ward, onward: str) -> None:
    with ward.visitor() as visitor:
        assert "evil" not in visitor.get("/sign-in", params={"next": onward}).text
        address = visitor.get("/sign-in/go", params={"next": onward}).headers["location"]
        assert 'url=/"' in visitor.get(httpx.get(address).headers["location"]).text


def test_an_answer_with_a_forged_state_or_in_another_browser_gets_nobody_in(ward: Ward) -> None:
    with ward.visitor() as visitor, ward.visitor() as other:
        back = ward.way_back(visitor)
        state = parse_qs(urlsplit(back).query)["state"][0]
        for address in (back.replace(state, "x" * 43), back.replace("state=", "stat="), f"{ward.address}/sign-in/back"):
            _turned_away(visitor, address, "not begun here")
        ward.asked(other)
        _turned_away(other, back, "not begun here")
        other.cookies.clear()
        _turned_away(other, back, "not begun here")
        assert visitor.get(back).status_code == 200


def test_an_answer_is_taken_once(ward: Ward) -> None:
    with ward.visitor() as visitor:
        back = ward.way_back(visitor)
        jar = dict(visitor.cookies)
        assert visitor.get(back).status_code == 200
        visitor.cookies.clear()
        visitor.cookies.update(jar)
        _turned_away(visitor, back, "not begun here")


def test_a_code_that_was_used_or_is_another_persons_is_taken_by_nobody(ward: Ward) -> None:
    with ward.visitor() as visitor, ward.visitor() as thief:
        back = ward.way_back(visitor)
        code = parse_qs(urlsplit(back).query)["code"][0]
        # Injected into the thief's own sign-in: the verifier of PKCE is not the one that the code was asked with.
        own = ward.way_back(thief)
        own_code = parse_qs(urlsplit(own).query)["code"][0]
        _turned_away(thief, own.replace(own_code, code), "does not take this sign-in")
        assert ward.audited()[-1] == ("unknown", "sign_in_failed", "code")
        assert visitor.get(back).status_code == 200
        again = ward.way_back(visitor, "/sign-in/go") if not visitor.post("/sign-out").is_error else ""
        _turned_away(visitor, again.replace(parse_qs(urlsplit(again).query)["code"][0], code), "does not take")


def test_a_sign_in_that_took_longer_than_ten_minutes_is_begun_again(ward: Ward) -> None:
    with ward.visitor() as visitor:
        back = ward.way_back(visitor)
        ward.clock.ahead += timedelta(minutes=11)
        _turned_away(visitor, back, "is over")


def other_issuers(claims: Claims) -> str:
    return signed(claims, FOREIGN)


def no_algorithm(claims: Claims) -> str:
    return unsigned(claims)


FORGED = {
    "wrong nonce": ({"nonce": "another"}, "nonce"),
    "no nonce": ({"nonce": None}, "nonce"),
    "wrong audience": ({"aud": ["somebody-else"]}, "aud"),
    "two audiences": ({"aud": [CLIENT, "somebody-else"]}, "azp"),
    "wrong party": ({"azp": "somebody-else"}, "azp"),
    "wrong issuer": ({"iss": "https://evil.example"}, "iss"),
    "expired": ({"exp": 1_000_000_000}, "exp"),
    "of the future": ({"iat": 99_999_999_999, "exp": 99_999_999_999}, "iat"),
    "not yet": ({"nbf": 99_999_999_999}, "nbf"),
    "without end": ({"exp": None}, "exp"),
    "another access token": ({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "at_hash"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_signed_token_that_says_something_else_gets_nobody_in(ward: Ward, name: str) -> None:
    changed, claim = FORGED[name]

    def forge(claims: Claims) -> str:
        mixed = {**claims, **changed}
        return signed({key: value for key, value in mixed.items() if value is not None}, ward.op.key)

    ward.op.forge = forge
    with ward.visitor() as visitor:
        _turned_away(visitor, ward.way_back(visitor), f"does not hold ({claim})")
    assert ward.audited()[-1] == ("unknown", "sign_in_failed", claim)


def shared_secret(claims: Claims) -> str:
    from jwkest.jwk import SYMKey
    from jwkest.jws import JWS

    return str(JWS(json.dumps(claims), alg="HS256").sign_compact([SYMKey(key=SECRET, alg="HS256")]))


def cut(claims: Claims) -> str:
    return unsigned(claims).rpartition(".")[0]


@pytest.mark.parametrize("forge", [other_issuers, no_algorithm, shared_secret, cut, lambda _: "", lambda _: "a.b.c"])
def test_a_token_without_the_providers_own_signature_gets_nobody_in(ward: Ward, forge: Any) -> None:
    ward.op.forge = forge
    with ward.visitor() as visitor:
        _turned_away(visitor, ward.way_back(visitor), "does not hold")
        assert visitor.get("/session").status_code == 401


def test_clocks_may_be_a_minute_apart_and_no_more(ward: Ward) -> None:
    def expired_ago(seconds: int) -> None:
        def forge(claims: Claims) -> str:
            return signed({**claims, "exp": int(ward.clock().timestamp()) - seconds}, ward.op.key)

        ward.op.forge = forge

    with ward.visitor() as visitor:
        expired_ago(90)
        _turned_away(visitor, ward.way_back(visitor), "(exp)")
        expired_ago(20)
        assert ward.sign_in(visitor).status_code == 200


def test_a_new_key_of_the_provider_is_fetched_and_not_for_every_token(ward: Ward) -> None:
    with ward.visitor("vera"):
        pass
    ward.op.new_key()
    ward.clock.ahead += timedelta(minutes=1)
    with ward.visitor("vera"):
        pass
    ward.op.forge = lambda claims: signed(claims, FOREIGN)
    asked = [path for path, _ in ward.op.seen].count("/jwks")
    assert asked > 0
    with ward.visitor() as visitor:
        for _ in range(5):
            _turned_away(visitor, ward.way_back(visitor), "does not hold")
    assert [path for path, _ in ward.op.seen].count("/jwks") == asked


@pytest.mark.parametrize(
    ("person", "said", "audited"),
    [
        ("stranger", "You have no account here.", ("unknown", "no account")),
        ("kept-here", "You have no account here.", ("unknown", "no account")),
        ("kelvin", "You have no account here.", ("unknown", "no account")),
        ("nameless", "does not say your name", ("unknown", "claim")),
        ("gone-home", "Your account here is disabled.", ("gone-home", "disabled")),
    ],
)
def test_who_has_no_account_is_told_so_and_that_is_audited(
    ward: Ward, person: str, said: str, audited: tuple[str, str]
) -> None:
    ward.stage.room.home.people.disable("gone-home", "root")
    ward.op.person = person
    with ward.visitor() as visitor:
        _turned_away(visitor, ward.way_back(visitor), said)
    actor, action, why = ward.audited()[-1]
    assert (actor, why, action) == (*audited, "sign_in_failed")


def test_a_disabled_account_is_out_at_once_with_what_it_had_open(ward: Ward) -> None:
    people = ward.stage.room.home.people
    with ward.visitor("max") as visitor:
        people.disable("max", "root")
        assert visitor.get("/config").status_code == 401
        people.enable("max", "root")
        assert visitor.get("/config").status_code == 401


def test_an_address_that_the_provider_did_not_verify_is_no_name(stage: Stage) -> None:
    if stage.room.home.people.find("max@hospital.example") is None:
        stage.room.home.people.add("max@hospital.example", "Dr Max", "signer", None, "root")
        stage.room.home.people.add("vera@hospital.example", "Dr Vera", "signer", None, "root")
    with open_ward(stage, oidc={"claim": "email"}) as ward, ward.visitor("vera"), ward.visitor() as visitor:
        ward.op.person = "max"
        _turned_away(visitor, ward.way_back(visitor), "has not verified your e-mail address")


def test_a_refusal_at_the_provider_and_markup_in_it_are_told_in_one_line(ward: Ward) -> None:
    with ward.visitor() as visitor:
        state = parse_qs(urlsplit(ward.asked(visitor)).query)["state"][0]
        words = {"state": state, "error": "access_denied", "error_description": "<img src=x onerror=alert(1)>"}
        refused = visitor.get("/sign-in/back", params=words)
        assert refused.status_code == 403
        assert "127.0.0.1 did not sign you in." in refused.text
        assert "<img" not in refused.text
        assert "alert(1)" not in refused.text


def test_an_answer_of_another_provider_is_not_taken_to_this_one(ward: Ward) -> None:
    with ward.visitor() as visitor:
        back = ward.way_back(visitor)
        before = len(ward.op.seen)
        _turned_away(visitor, f"{back}&iss=https%3A%2F%2Fevil.example", "(issuer)")
        assert len(ward.op.seen) == before


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"issuer": "https://evil.example"}, "(issuer)"),
        ({"token_endpoint": "http://hospital.example/token"}, "cannot be read"),
        ({"jwks_uri": None}, "cannot be read"),
        ({"authorization_endpoint": "https://user@hospital.example/"}, "cannot be read"),
    ],
)
def test_a_discovery_document_that_is_not_the_issuers_or_not_safe_is_not_used(
    ward: Ward, metadata: Claims, said: str
) -> None:
    ward.op.metadata = metadata
    ward.clock.ahead += timedelta(hours=2)
    with ward.visitor() as visitor:
        refused = visitor.get("/sign-in/go")
        assert refused.status_code == 503
        assert said in refused.text


def test_a_provider_that_is_down_is_told_in_one_line_and_the_page_stands(stage: Stage) -> None:
    home, clock = stage.room.home, Clock()
    oidc = Oidc(issuer=f"http://127.0.0.1:{_free_port()}", client_id=CLIENT)
    access = OidcAccess(home, settings(home.root, sign_in="oidc", oidc=oidc), OidcProvider(oidc, clock), clock)
    with served(create_app(stage.room, access)) as address:
        assert httpx.get(f"{address}/sign-in").status_code == 200
        refused = httpx.get(f"{address}/sign-in/go")
        assert refused.status_code == 503
        assert "127.0.0.1 cannot be reached." in refused.text


@pytest.mark.parametrize("at", ["configuration", "jwks", "token", "userinfo"])
def test_a_provider_that_hangs_is_given_up(stage: Stage, at: str) -> None:
    early = at in ("configuration", "jwks")
    with open_ward(stage, oidc={"answer_seconds": 0.5 if early else 10.0}) as ward, ward.visitor() as visitor:
        ward.op.hang_at = at
        if early:
            assert "does not answer in time" in visitor.get("/sign-in/go").text
        else:
            _turned_away(visitor, ward.way_back(visitor), "does not answer in time")


def test_an_idle_login_is_locked_and_opens_only_to_who_shows_again_who_they_are(stage: Stage) -> None:
    with open_ward(stage, idle_minutes=10) as ward, ward.visitor("vera") as visitor:
        cookie = visitor.cookies["overread"]
        ward.clock.ahead += timedelta(minutes=11)
        assert visitor.get("/config").status_code == 401
        assert visitor.get("/session").json()["locked"] is True
        assert visitor.post("/session", json={"do": "unlock", "password": "x"}).status_code == 403
        asked = ward.asked(visitor, "/sign-in/go?unlock=yes")
        assert parse_qs(urlsplit(asked).query)["prompt"] == ["login"]
        assert visitor.get(httpx.get(asked).headers["location"]).status_code == 200
        assert visitor.get("/session").json()["locked"] is False
        assert visitor.cookies["overread"] == cookie
        assert ward.audited()[-1][:2] == ("vera", "unlock")


def test_a_session_with_the_provider_from_before_opens_no_locked_page(stage: Stage) -> None:
    with open_ward(stage, idle_minutes=10) as ward, ward.visitor("vera") as visitor:
        ward.op.signed_in_at = ward.clock().timestamp()
        ward.clock.ahead += timedelta(minutes=11)
        # The provider that ignores prompt=login.
        back = httpx.get(ward.asked(visitor, "/sign-in/go?unlock=yes").replace("prompt=login", "prompt="))
        _turned_away(visitor, back.headers["location"], "(auth_time)")
        assert visitor.get("/session").json()["locked"] is True


def test_somebody_else_opens_no_locked_page_and_may_sign_in_instead(stage: Stage) -> None:
    with open_ward(stage, idle_minutes=10) as ward, ward.visitor("vera") as visitor:
        cookie = visitor.cookies["overread"]
        visitor.post("/session", json={"do": "lock"})
        ward.op.person = "max"
        _turned_away(visitor, ward.way_back(visitor, "/sign-in/go?unlock=yes"), "locked by somebody else")
        assert ward.sign_in(visitor, "max").status_code == 200
        assert visitor.get("/session").json()["name"] == "Dr Max"
        old = httpx.get(f"{ward.address}/session", headers={"cookie": f"overread={cookie}"})
        assert old.status_code == 401


def test_signing_out_ends_our_login_and_says_where_the_providers_is_ended(ward: Ward) -> None:
    with ward.visitor("vera") as visitor:
        cookie = f"overread={visitor.cookies['overread']}"
        onward = visitor.post("/sign-out").json()["onward"]
        asked = urlsplit(onward)
        assert f"{asked.scheme}://{asked.netloc}{asked.path}" == f"{ward.op.issuer}/logout"
        assert parse_qs(asked.query) == {
            "client_id": [CLIENT], "post_logout_redirect_uri": [f"{ward.address}/sign-in?out=yes"],
        }  # fmt: skip
        assert "You are signed out." in httpx.get(onward, follow_redirects=True).text
        assert httpx.get(f"{ward.address}/session", headers={"cookie": cookie}).status_code == 401


def test_a_page_of_another_site_signs_nobody_out(ward: Ward) -> None:
    with ward.visitor("vera") as visitor:
        assert visitor.post("/sign-out", headers={"origin": "https://evil.example"}).status_code == 403
        assert visitor.get("/session").status_code == 200


def test_a_signature_asks_for_the_own_name(ward: Ward) -> None:
    with ward.visitor("vera") as visitor:
        reader = ward.access.reader(dict(visitor.cookies), {})
        assert reader is not None
        assert ward.access.confirms_by == "name"
        assert ward.access.confirm(reader, " dr vera ")
        assert not ward.access.confirm(reader, "")
        assert not ward.access.confirm(reader, "Dr Max")


def test_no_token_or_code_or_name_is_in_the_audit_or_the_log(ward: Ward, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    tokens: list[str] = []

    def forge(claims: Claims) -> str:
        tokens.append(signed({**claims, "aud": "other"}, ward.op.key))
        return tokens[-1]

    ward.op.forge = forge
    with ward.visitor() as visitor:
        back = ward.way_back(visitor)
        said = visitor.get(back).text
    code = parse_qs(urlsplit(back).query)["code"][0]
    audit = repr(ward.stage.room.store.audit.of("sign-in"))
    # The provider of the tests is in this process and writes down what it issues: its own lines are not ours.
    log = "\n".join(
        record.getMessage() for record in caplog.records if not record.name.startswith(("pyop", "oic", "jwk"))
    )
    for secret in (*tokens, code, SECRET, base64.b64encode(SECRET.encode()).decode()):
        assert secret not in said
        assert secret not in audit
        assert secret not in log.replace(back, "")


@pytest.mark.parametrize(
    "issuer", ["http://hospital.example", "ftp://hospital.example", "https://user:pw@hospital.example", "hospital", ""]
)
def test_an_issuer_that_is_not_safe_is_refused_with_the_settings(issuer: str) -> None:
    with pytest.raises(ValidationError):
        Oidc(issuer=issuer, client_id=CLIENT)
    with pytest.raises(SettingsError, match=r"oidc\.issuer"):
        load_settings(oidc={"issuer": issuer, "client_id": CLIENT})


def test_without_a_provider_nothing_is_served(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="oidc"):
        access_for(settings(stage.room.home.root, sign_in="oidc"), stage.room.home, "overread")


def _turned_away(client: httpx.Client, address: str, said: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 403, answer.text
    assert said in answer.text.replace("&#39;", "'")
    assert "overread=" not in str(answer.headers.get_list("set-cookie")).replace("overread_flow=", "")
    assert client.get("/config").status_code == 401


ROLES = {"radiology": "signer", "trainees": "reviewer", "students": "viewer", "it": "admin"}


@pytest.fixture(scope="module")
def grouped(stage: Stage) -> Iterator[Ward]:
    with open_ward(stage, oidc={"roles": ROLES, "groups_claim": "memberOf"}) as opened:
        yield opened


def _in(ward: Ward, name: str, groups: Any) -> httpx.Response:
    """Sign somebody in of whom the provider says that they are in these groups."""
    told = {"preferred_username": name, "name": f"Dr {name.title()}", "memberOf": groups}
    ward.op.forge = lambda claims: signed({**claims, **told}, ward.op.key)
    with ward.visitor() as visitor:
        return ward.sign_in(visitor, "vera")


@pytest.mark.parametrize(
    ("name", "groups", "role"),
    [
        ("ria", ["all", "radiology", "trainees"], "signer"),
        ("tom", "trainees", "reviewer"),
        ("ivo", ["it", "students"], "viewer"),
        ("ada", ["it"], "admin"),
    ],
)
def test_who_is_in_a_group_gets_its_role_and_an_account(grouped: Ward, name: str, groups: Any, role: str) -> None:
    assert _in(grouped, name, groups).status_code == 200
    user = grouped.stage.room.home.people.user(name)
    assert (user.role, user.display_name, user.local) == (role, f"Dr {name.title()}", False)
    assert [link.actor for link in grouped.stage.room.store.audit.of(name)] == ["oidc"]


def test_who_left_a_group_loses_its_role_at_the_next_sign_in_and_who_is_in_none_stays_out(grouped: Ward) -> None:
    people = grouped.stage.room.home.people
    assert _in(grouped, "eve", ["radiology"]).status_code == 200
    assert _in(grouped, "eve", ["trainees"]).status_code == 200
    assert people.user("eve").role == "reviewer"
    for groups in ([], ["Radiology"], None, {"radiology": True}, ["rad", "iology"]):
        refused = _in(grouped, "eve", groups)
        assert refused.status_code == 403
        assert "No group of yours works here" in refused.text
    assert grouped.audited()[-1] == ("eve", "sign_in_failed", "groups")
    assert _in(grouped, "nobody-yet", ["cooks"]).status_code == 403
    assert people.find("nobody-yet") is None


def test_a_group_opens_no_disabled_account_and_none_that_has_a_password(grouped: Ward) -> None:
    people = grouped.stage.room.home.people
    assert _in(grouped, "dis", ["radiology"]).status_code == 200
    people.disable("dis", "root")
    assert "disabled" in _in(grouped, "dis", ["it"]).text
    assert people.user("dis").role == "signer"
    assert "no account" in _in(grouped, "kept-here", ["it"]).text
    assert people.user("kept-here").role == "signer"
    assert "No account can be made" in _in(grouped, "-", ["radiology"]).text


@pytest.fixture(scope="module")
def confirming(stage: Stage) -> Iterator[Ward]:
    with open_ward(stage, oidc={"confirm": "login"}, confirm_minutes=2) as opened:
        yield opened


def _signs(visitor: httpx.Client, file: CaseFile) -> str:
    """Open the case and sign it as drafted; gives what the page says."""
    seal = sealed(post_event(visitor, "signs", OPEN_CASE, {"case_id": file.case_id}))
    told = post_event(visitor, "signs", DECIDE_CASE, decision(file, seal, secret=""))
    return str(told.get("notice"))


def test_a_signature_needs_a_login_at_the_provider_that_was_made_for_it(confirming: Ward) -> None:
    ward, file = confirming, confirming.stage.case()
    with ward.visitor("vera") as visitor:
        assert "confirm at your identity provider" in _signs(visitor, file), "that she signed in is not enough"
        asked = ward.asked(visitor, "/sign-in/go?confirm=yes")
        query = parse_qs(urlsplit(asked).query)
        assert (query["prompt"], query["max_age"]) == (["login"], ["0"])
        # A provider that sends her back without asking: it has known her since before.
        ward.clock.ahead += timedelta(minutes=5)
        silent = httpx.get(asked.replace("prompt=login", "prompt="), timeout=60).headers["location"]
        assert visitor.get(silent).status_code == 403
        assert "confirm at your" in _signs(visitor, file)
        assert "It is you" in ward.sign_in(visitor, "vera", "/sign-in/go?confirm=yes").text
        ward.clock.ahead += timedelta(minutes=3)
        assert "confirm at your" in _signs(visitor, file), "too long ago"
        ward.sign_in(visitor, "vera", "/sign-in/go?confirm=yes")
        assert ward.audited()[-1][:2] == ("vera", "confirm")
        assert "Signed." in _signs(visitor, file)
    signed_file = ward.stage.room.file(file.case_id)
    assert signed_file.final is not None
    assert signed_file.final.confirmed == ProviderLogin(account="vera")
    assert "identity provider" in " ".join(signature_words(signed_file))


def test_nobody_else_confirms_a_signature(confirming: Ward) -> None:
    ward, file = confirming, confirming.stage.case()
    with ward.visitor("vera") as visitor:
        other = ward.sign_in(visitor, "max", "/sign-in/go?confirm=yes")
        assert other.status_code == 403
        assert "Somebody else signs there" in other.text
        assert "confirm at your" in _signs(visitor, file)
        with ward.visitor("max") as elsewhere:
            ward.sign_in(elsewhere, "max", "/sign-in/go?confirm=yes")
        assert "confirm at your" in _signs(visitor, file), "of another login"
    assert ward.stage.room.file(file.case_id).final is None
