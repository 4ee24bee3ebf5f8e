"""Accounts: a role's rights, passwords that are kept as Argon2 only, and names that stay taken."""

import json

import pytest
import sqlalchemy as sa

from overread.errors import UsageError
from overread.records.people import ALL_RIGHTS, RIGHTS
from overread.store import _schema as t
from overread.store.home import Home

SECRET = "four plain words here"


def test_who_hands_out_rights_has_none_over_a_case() -> None:
    clinical = {"read", "add", "review", "take", "acknowledge", "sign"}
    assert RIGHTS["admin"] & clinical == set()
    for role in ("viewer", "reviewer", "signer"):
        assert RIGHTS[role] & {"assign", "accounts"} == set()
    assert RIGHTS["viewer"] < RIGHTS["reviewer"] < RIGHTS["signer"]
    assert "sign" not in RIGHTS["reviewer"]
    assert RIGHTS["signer"] | RIGHTS["admin"] == ALL_RIGHTS


def test_a_password_is_kept_as_a_hash_and_opens_only_its_own_account(any_home: Home) -> None:
    people = any_home.people
    people.add("ann", "Dr Ann", "signer", SECRET, "root")
    people.add("bob", "Bob", "viewer", "another four words", "root")
    with any_home.database.connect() as connection:
        kept = connection.execute(sa.select(t.users.c.password_hash).where(t.users.c.name == "ann")).scalar_one()
    assert kept.startswith("$argon2id$")
    found = people.matches("ann", SECRET)
    assert found is not None
    assert (found.display_name, found.role, found.local) == ("Dr Ann", "signer", True)
    assert people.matches("bob", SECRET) is None
    assert people.matches("nobody", SECRET) is None
    assert people.matches("ann", "") is None


@pytest.mark.parametrize(
    "password",
    ["", "elevenchars", "x" * 257, "ann.example.1", "AnnExample2026!", "annexampleannexample", "Password1234"],
)
def test_a_password_that_is_short_endless_or_the_name_is_refused(any_home: Home, password: str) -> None:
    with pytest.raises(UsageError, match="password"):
        any_home.people.add("ann.example", "Ann Example", "viewer", password, "root")
    assert any_home.people.all() == []


def test_a_password_may_be_of_any_characters_and_typed_in_either_form(any_home: Home) -> None:
    any_home.people.add("ann", "Ann", "viewer", "größer als zwölf", "root")
    assert any_home.people.matches("ann", "gro\u0308ßer als zwo\u0308lf") is not None


@pytest.mark.parametrize("name", ["", "a", "Ann", "ann b", "../x", "<b>ann", "a" * 65, "ann\n"])
def test_a_name_that_cannot_be_one_is_refused(any_home: Home, name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        any_home.people.add(name, "Ann", "viewer", SECRET, "root")


@pytest.mark.parametrize("shown", ["", "  ", "x" * 121, "Ann\x07", "Ann\u202e"])
def test_a_name_that_cannot_sign_is_refused(any_home: Home, shown: str) -> None:
    with pytest.raises(UsageError, match="signs"):
        any_home.people.add("ann", shown, "viewer", SECRET, "root")


def test_a_name_is_never_given_to_another_person(any_home: Home) -> None:
    any_home.people.add("ann", "Ann", "viewer", SECRET, "root")
    any_home.people.disable("ann", "root")
    with pytest.raises(UsageError, match="taken"):
        any_home.people.add("ann", "Another Ann", "signer", SECRET, "root")
    assert any_home.people.matches("ann", SECRET) is None
    any_home.people.enable("ann", "root")
    assert any_home.people.matches("ann", SECRET) is not None


def test_every_change_of_an_account_is_audited_without_a_password(any_home: Home) -> None:
    people = any_home.people
    people.add("ann", "Ann", "viewer", SECRET, "root")
    people.set_role("ann", "reviewer", "root")
    people.set_password("ann", "another four words", "root")
    people.disable("ann", "root")
    links = any_home.cases.audit.of("ann")
    assert [link.action for link in links] == ["user_add", "user_change", "user_password", "user_disable"]
    assert {link.actor for link in links} == {"root"}
    assert json.loads(links[1].detail) == {"role": "reviewer"}
    assert "words" not in "".join(link.detail for link in links)
    for change in (people.disable, people.enable):
        with pytest.raises(UsageError, match="no account"):
            change("nobody", "root")
