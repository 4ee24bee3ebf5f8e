"""Who works on a case: one of two at once gets it, a lease ends, and who had it is told; all of it is in the audit."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from overread.errors import CaseUnknown, UsageError
from overread.store import _schema as t
from overread.store.assignments import Assignments
from overread.store.home import Home
from overread.testing.doubles import make_case

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
LEASE = timedelta(minutes=30)
CASE = "c-000000000001"


class Clock:
    """Says what time it is until it is told otherwise."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def assignments(any_home: Home, clock: Clock) -> Assignments:
    any_home.cases.admit(make_case(), 1, {}, None)
    return Assignments(any_home.database, any_home.cases.audit, clock)


def told(assignments: Assignments, reader: str) -> list[tuple[str, str]]:
    return [(each.what, each.by) for each in assignments.handovers(reader)]


def test_who_is_first_has_the_case_and_the_other_is_told_who(any_home: Home, assignments: Assignments) -> None:
    assert assignments.of(CASE) is None
    assert assignments.take(CASE, "dr-a", LEASE).assignee == "dr-a"
    assert assignments.take(CASE, "dr-b", LEASE).assignee == "dr-a"
    assert [(link.actor, link.action) for link in any_home.cases.audit.of(CASE)] == [("dr-a", "take")]
    assert told(assignments, "dr-a") == []


def test_of_many_at_once_exactly_one_gets_the_case(any_home: Home, assignments: Assignments) -> None:
    with ThreadPoolExecutor(12) as pool:
        holders = list(pool.map(lambda n: assignments.take(CASE, f"dr-{n}", LEASE).assignee, range(24)))
    assert len(set(holders)) == 1
    assert [link.action for link in any_home.cases.audit.of(CASE)] == ["take"]
    assert list(any_home.cases.audit.faults()) == []


def test_a_lease_ends_unless_the_case_is_open_and_who_had_it_is_told(assignments: Assignments, clock: Clock) -> None:
    assignments.take(CASE, "dr-a", LEASE)
    clock.now += timedelta(minutes=29)
    held = assignments.prolong(CASE, "dr-a", LEASE)
    assert held is not None
    assert held.lease_until == clock.now + LEASE
    clock.now += timedelta(minutes=29)
    assert assignments.take(CASE, "dr-b", LEASE).assignee == "dr-a"
    clock.now += timedelta(minutes=1)
    assert assignments.take(CASE, "dr-b", LEASE).assignee == "dr-b"
    assert told(assignments, "dr-a") == [("taken_over", "dr-b")]
    after = assignments.prolong(CASE, "dr-a", LEASE)
    assert after is not None
    assert after.assignee == "dr-b"
    assignments.seen("dr-a", assignments.handovers("dr-a")[-1].id)
    assert told(assignments, "dr-a") == []


def test_what_was_given_stays_until_it_is_given_on(any_home: Home, assignments: Assignments, clock: Clock) -> None:
    assert assignments.assign(CASE, "dr-b", "chief", None).assignee == "dr-b"
    clock.now += timedelta(days=300)
    assert assignments.take(CASE, "dr-a", LEASE).assignee == "dr-b"
    assert assignments.take(CASE, "dr-b", LEASE).lease_until is None
    assert assignments.assign(CASE, "dr-c", "chief", None).assignee == "dr-b"
    assert assignments.assign(CASE, "dr-c", "chief", "dr-b").assignee == "dr-c"
    assert told(assignments, "dr-b") == [("given", "chief"), ("reassigned", "chief")]
    assert told(assignments, "dr-c") == [("given", "chief")]
    assert [link.action for link in any_home.cases.audit.of(CASE)] == ["assign", "assign"]


def test_a_case_is_given_back_by_who_has_it_or_taken_away(any_home: Home, assignments: Assignments) -> None:
    assignments.take(CASE, "dr-a", LEASE)
    assert not assignments.release(CASE, "dr-b", "dr-b")
    assert assignments.release(CASE, "dr-a", "dr-a")
    assert assignments.of(CASE) is None
    assert not assignments.release(CASE, "dr-a", "dr-a")
    assignments.take(CASE, "dr-a", LEASE)
    assert assignments.people() == ["dr-a"]
    assert assignments.release(CASE, "chief", "dr-a")
    assert told(assignments, "dr-a") == [("released", "chief")]
    assert [link.action for link in any_home.cases.audit.of(CASE)] == ["take", "release", "take", "release"]


def test_an_unknown_case_is_nobodys(assignments: Assignments) -> None:
    with pytest.raises(CaseUnknown):
        assignments.take("c-ffffffffffff", "dr-a", LEASE)


def test_where_there_are_accounts_a_case_is_given_to_one_that_may_decide(
    any_home: Home, assignments: Assignments
) -> None:
    account = {"display_name": "x", "password_hash": None, "created_at": NOW}
    with any_home.database.begin() as connection:
        for name, role, disabled in (("dr-a", "signer", False), ("gone", "signer", True), ("looker", "viewer", False)):
            connection.execute(sa.insert(t.users).values(name=name, role=role, disabled=disabled, **account))
    assert assignments.people() == ["dr-a"]
    for name in ("gone", "looker", "dr-z"):
        with pytest.raises(UsageError, match=name):
            assignments.assign(CASE, name, "dr-a", None)
    assert assignments.assign(CASE, "dr-a", "dr-a", None).assignee == "dr-a"
