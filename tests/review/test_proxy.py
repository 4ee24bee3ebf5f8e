"""A proxy that vouches: the header counts only from its address, and only for people who have an account."""

from collections.abc import Iterator
from ipaddress import ip_network

import httpx
import pytest

from overread.errors import SettingsError
from overread.review import create_app
from overread.review.proxy import ProxyAccess
from tests.graphs.rooms import settings
from tests.review.people import Clock
from tests.review.stage import OPEN_CASE, Stage, post_event, served


def access(stage: Stage, network: str) -> ProxyAccess:
    home = stage.room.home
    return ProxyAccess(home, settings(home.root, sign_in="proxy", proxies=[ip_network(network)]), Clock())


@pytest.fixture(scope="module")
def page(stage: Stage) -> Iterator[str]:
    people = stage.room.home.people
    people.add("vouched", "Dr Vouched", "signer", None, "root")
    people.add("local", "Dr Local", "signer", "four plain words here", "root")
    with served(create_app(stage.room, access(stage, "127.0.0.0/8"))) as address:
        yield address


def status(address: str, *names: str, path: str = "/config") -> int:
    return httpx.get(address + path, headers=[("x-remote-user", name) for name in names]).status_code


def test_who_the_proxy_names_is_in_and_signs_under_the_accounts_name(stage: Stage, page: str) -> None:
    file = stage.case()
    with httpx.Client(base_url=page, headers={"x-remote-user": "vouched"}, timeout=60) as visitor:
        assert visitor.get("/session").json()["name"] == "Dr Vouched"
        assert post_event(visitor, "proxied", OPEN_CASE, {"case_id": file.case_id})["view"] == "case"
    seen = [(link.actor, link.action) for link in stage.room.store.audit.of(file.case_id)]
    assert seen == [("vouched", "view")]
    came = [link.actor for link in stage.room.store.audit.of("sign-in") if link.action == "sign_in"]
    assert came.count("vouched") == 1  # once a day, not at each request


def test_who_has_no_account_or_one_with_a_password_or_is_disabled_is_not(stage: Stage, page: str) -> None:
    for names in ((), ("",), ("stranger",), ("local",), ("' OR 1=1 --",)):
        assert status(page, *names) == 401
    stage.room.home.people.add("gone", "Dr Gone", "signer", None, "root")
    assert status(page, "gone") == 200
    stage.room.home.people.disable("gone", "root")
    assert status(page, "gone") == 401


def test_two_names_in_one_request_are_refused(page: str) -> None:
    assert status(page, "vouched", "vouched") == 403
    assert status(page, "nobody", "vouched") == 403


def test_the_header_from_anybody_but_the_proxy_is_refused_and_audited(stage: Stage) -> None:
    with served(create_app(stage.room, access(stage, "10.20.30.0/24"))) as address:
        for path in ("/", "/config", "/picture/c-0000000000000001/0", "/session"):
            assert status(address, "vouched", path=path) == 403
        forwarded = {"x-remote-user": "vouched", "x-forwarded-for": "10.20.30.1", "forwarded": "for=10.20.30.1"}
        assert httpx.get(address + "/config", headers=forwarded).status_code == 403
        assert status(address) == 401
    assert stage.room.store.audit.of("sign-in")[-1].action == "sign_in_refused"


def test_without_an_address_that_may_set_it_nothing_is_served(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="proxies"):
        ProxyAccess(stage.room.home, settings(stage.room.home.root, sign_in="proxy"), Clock())


def test_a_signature_asks_for_the_own_name(stage: Stage, page: str) -> None:
    own = access(stage, "127.0.0.0/8")
    reader = own.reader({}, {"x-remote-user": "vouched"})
    assert reader is not None
    assert own.confirm(reader, " dr vouched ")
    assert not own.confirm(reader, "")
    assert not own.confirm(reader, "Dr Other")
