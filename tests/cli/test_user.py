"""Accounts from a terminal: the password comes from standard input or a terminal, never from the arguments."""

import io
from pathlib import Path

import pytest

SECRET = "four plain words here\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    def type_in(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return type_in


def test_accounts_are_made_listed_changed_and_disabled(overread, typed) -> None:
    typed(SECRET)
    assert overread("user", "add", "ann", "--role", "signer", "--display-name", "Dr Ann").code == 0
    assert overread("user", "add", "bob", "--role", "viewer", "--no-password").code == 0
    assert overread("user", "role", "bob", "--role", "reviewer").code == 0
    assert overread("user", "disable", "bob").code == 0
    rows = overread("user", "list", "--json").json
    assert [(row["name"], row["role"], row["disabled"], row["local"]) for row in rows] == [
        ("ann", "signer", False, True),
        ("bob", "reviewer", True, False),
    ]
    assert "Dr Ann" in overread("user", "list").out
    typed("another four words\n")
    assert overread("user", "password", "ann").code == 0
    assert overread("audit", "verify").code == 0


@pytest.mark.parametrize("secret", ["", "short\n", "ann\n", "annannannann\n"])
def test_a_bad_password_is_one_clear_line_that_does_not_repeat_it(overread, typed, secret: str) -> None:
    typed(secret)
    said = overread("user", "add", "ann", "--role", "signer")
    assert said.code == 2
    assert "password" in said.err
    assert len(said.err.splitlines()) == 1
    assert overread("user", "list", "--json").json == []


def test_a_password_is_no_argument(overread) -> None:
    assert overread("user", "add", "ann", "four plain words here", "--role", "signer").code == 2
    assert overread("user", "add", "ann", "--role", "signer", "--password", "four plain words here").code == 2


@pytest.mark.parametrize(
    "arguments",
    [("add", "ann", "--role", "god"), ("disable", "nobody"), ("role", "nobody", "--role", "viewer"), ("password", "x")],
)
def test_nonsense_is_refused_in_one_line(overread, typed, arguments: tuple[str, ...], home: Path) -> None:
    typed(SECRET)
    said = overread("user", *arguments)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
