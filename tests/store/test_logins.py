"""Logins outlive the process, lock when nobody is there, and end everywhere at once; failed tries cost time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from overread.store import _schema as t
from overread.store.home import Home
from overread.store.logins import Logins
from overread.store.throttle import BY_ADDRESS, BY_NAME, Throttle

SECRET = "four plain words here"


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2026, 1, 1, 8, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(any_home: Home) -> Home:
    any_home.people.add("ann", "Dr Ann", "signer", SECRET, "root")
    return any_home


def logins(home: Home, clock: Clock) -> Logins:
    return Logins(home.database, clock, idle=timedelta(minutes=15), longest=timedelta(hours=12))


def test_a_login_survives_a_restart_and_its_cookie_is_not_kept(home: Home, clock: Clock) -> None:
    token = logins(home, clock).begin("ann")
    found = logins(home, clock).of(token)
    assert found is not None
    assert (found.user.name, found.user.role, found.locked) == ("ann", "signer", False)
    with home.database.connect() as connection:
        assert token not in str(connection.execute(sa.select(t.logins)).all())
    assert logins(home, clock).of("") is None
    assert logins(home, clock).of(found.digest) is None


def test_a_login_locks_when_nobody_is_there_and_opens_when_confirmed(home: Home, clock: Clock) -> None:
    own = logins(home, clock)
    token = own.begin("ann")
    digest = own.of(token).digest  # type: ignore[union-attr]
    for _ in range(3):
        clock.passes(minutes=14)
        own.seen(digest)
    assert not own.of(token).locked  # type: ignore[union-attr]
    clock.passes(minutes=16)
    assert own.of(token).locked  # type: ignore[union-attr]
    own.confirm(digest)
    assert not own.of(token).locked  # type: ignore[union-attr]
    own.lock(digest)
    own.seen(digest)
    assert own.of(token).locked  # type: ignore[union-attr]


def test_a_login_ends_by_itself_in_the_end(home: Home, clock: Clock) -> None:
    own = logins(home, clock)
    token = own.begin("ann")
    clock.passes(hours=12, seconds=1)
    assert own.of(token) is None


@pytest.mark.parametrize("how", ["end", "disable", "password"])
def test_a_login_that_ended_has_ended_for_every_process(home: Home, clock: Clock, how: str) -> None:
    one, other = logins(home, clock), logins(home, clock)
    token = one.begin("ann")
    ends = {
        "end": lambda: one.end(one.of(token).digest),  # type: ignore[union-attr]
        "disable": lambda: home.people.disable("ann", "root"),
        "password": lambda: home.people.set_password("ann", "another four words", "root"),
    }
    ends[how]()
    assert other.of(token) is None
    home.people.enable("ann", "root")
    assert other.of(token) is None


def test_waits_grow_with_each_failure_and_survive_a_restart(home: Home, clock: Clock) -> None:
    waits = []
    for _ in range(12):
        while (wait := Throttle(home.database, clock).admit("ann", "10.0.0.1")) > 0:
            waits.append(wait)
            clock.passes(seconds=wait)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256]


def test_fifty_tries_at_once_are_three(home: Home, clock: Clock) -> None:
    throttle = Throttle(home.database, clock)
    assert sum(throttle.admit("ann", f"10.0.0.{number}") == 0 for number in range(50)) == BY_NAME.free + 1
    assert sum(throttle.admit(f"name{number}", "10.0.1.1") == 0 for number in range(50)) == BY_ADDRESS.free + 1


def test_waits_have_an_upper_bound(home: Home, clock: Clock) -> None:
    for number in range(1, 200):
        assert BY_NAME.wait(number).total_seconds() <= BY_NAME.most
    assert BY_NAME.wait(10_000).total_seconds() == BY_NAME.most


def test_a_right_password_clears_the_name_but_not_the_way_for_tries_at_others(home: Home, clock: Clock) -> None:
    throttle = Throttle(home.database, clock)
    for number in range(BY_ADDRESS.free):
        assert throttle.admit(f"victim{number}", "10.0.0.1") == 0
    assert throttle.admit("ann", "10.0.0.1") == 0
    throttle.succeeded("ann", "10.0.0.1")
    assert throttle.admit("ann", "10.0.0.1") == 0
    assert throttle.admit("ann", "10.0.0.1") > 0


def test_what_was_typed_as_a_name_is_not_kept(home: Home, clock: Clock) -> None:
    Throttle(home.database, clock).admit("my secret password", "10.0.0.1")
    with home.database.connect() as connection:
        kept = str(connection.execute(sa.select(t.sign_in_failures)).all())
    assert "secret" not in kept
    assert "10.0.0.1" not in kept
