"""What is refused before the page is served, and TLS."""

from pathlib import Path

import pytest

from overread.errors import SettingsError
from overread.review.access import LinkAccess
from overread.review.accounts import AccountAccess
from overread.review.signing_in import access_for, refuse_unsafe
from overread.store.home import Home
from tests.graphs.rooms import settings


def test_the_link_is_for_this_machine_unless_told_otherwise(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        refuse_unsafe(settings(tmp_path), host)
    for host in ("0.0.0.0", "10.0.0.5", "::"):
        with pytest.raises(SettingsError, match="one user on this machine"):
            refuse_unsafe(settings(tmp_path), host)
        refuse_unsafe(settings(tmp_path, link_beyond_this_machine=True), host)
        refuse_unsafe(settings(tmp_path, sign_in="accounts"), host)


def test_a_certificate_needs_its_key_and_both_must_be_there(tmp_path: Path) -> None:
    there = tmp_path / "page.pem"
    there.write_text("x")
    for given, said in (
        ({"tls_cert": there}, "go together"),
        ({"tls_key": there}, "go together"),
        ({"tls_cert": there, "tls_key": tmp_path / "missing"}, "there is no file"),
    ):
        with pytest.raises(SettingsError, match=said):
            refuse_unsafe(settings(tmp_path, **given), "127.0.0.1")


def test_accounts_need_one_that_can_sign_in(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    chosen = settings(tmp_path, sign_in="accounts")
    for prepare in (lambda: None, lambda: home.people.add("ann", "Ann", "signer", None, "root")):
        prepare()
        with pytest.raises(SettingsError, match="overread user add"):
            access_for(chosen, home, "c")
    home.people.add("bob", "Bob", "signer", "four plain words here", "root")
    assert isinstance(access_for(chosen, home, "c"), AccountAccess)
    assert isinstance(access_for(settings(tmp_path), home, "c"), LinkAccess)
    home.close()
