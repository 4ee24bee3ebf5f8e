"""Entries of the outbox in both kinds of database: put in once, worked on by one, audited when another has it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from overread.errors import CaseBusy, StoreError
from overread.store.home import Home
from overread.store.outbox import Outgoing
from overread.testing.doubles import make_case

NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def what(any_home: Home) -> Outgoing:
    case = make_case()
    any_home.cases.admit(case, 1, {}, None)
    return Outgoing(case.case_id, 1, "a" * 64, "sr", "pacs")


def test_what_is_put_in_twice_is_in_once_and_keeps_its_state(any_home: Home, what: Outgoing) -> None:
    outbox = any_home.outbox
    outbox.add([what, what], NOW)
    outbox.begin(what.id, NOW)
    outbox.add([what], NOW + timedelta(hours=1))
    (entry,) = outbox.entries()
    assert (entry.what, entry.state, entry.attempts, entry.next_at) == (what, "sending", 1, NOW)
    assert outbox.entries(("sending",)) == outbox.entries(case_id=what.case_id) == [entry]
    assert outbox.entries(("proven",)) == outbox.entries(case_id="c-ffffffffffff") == []


def test_each_version_kind_and_system_is_an_entry_of_its_own(any_home: Home, what: Outgoing) -> None:
    others = [
        Outgoing(what.case_id, *rest)
        for rest in ((2, "a" * 64, "sr", "pacs"), (1, "b" * 64, "sr", "pacs"), (1, "a" * 64, "seg", "pacs"))
    ]
    any_home.outbox.add([what, *others, Outgoing(what.case_id, 1, "a" * 64, "sr", "archive")], NOW)
    assert len(any_home.outbox.entries()) == 5


def test_one_at_a_time_works_on_an_entry(any_home: Home, database_url: str | None, what: Outgoing) -> None:
    any_home.outbox.add([what], NOW)
    other = Home(any_home.root, database_url)
    with any_home.outbox.hold(what.id), pytest.raises(CaseBusy, match=what.id), other.outbox.hold(what.id):
        pass
    with other.outbox.hold(what.id):
        pass
    other.close()


def test_what_another_system_has_is_in_the_audit(any_home: Home, what: Outgoing) -> None:
    any_home.outbox.add([what], NOW)
    any_home.outbox.settle(what.id, "pending", NOW, trouble="no_answer", detail="'pacs' gave no answer")
    any_home.outbox.settle(what.id, "proven", NOW, detail="1 found")
    entry = any_home.outbox.entry(what.id)
    assert (entry.state, entry.trouble, entry.detail) == ("proven", None, "1 found")
    (row,) = [link for link in any_home.cases.audit.links() if link.actor == "outbox"]
    assert (row.action, row.object) == ("proven", what.case_id)
    assert json.loads(row.detail) == {"kind": "sr", "to": "pacs", "version": 1}


def test_by_hand_it_is_tried_anew_or_dropped(any_home: Home, what: Outgoing) -> None:
    outbox = any_home.outbox
    outbox.add([what], NOW)
    outbox.begin(what.id, NOW)
    outbox.settle(what.id, "failed", NOW, trouble="refused", detail="no")
    outbox.retry(what.id, NOW)
    assert (outbox.entry(what.id).state, outbox.entry(what.id).attempts) == ("pending", 0)
    outbox.drop(what.id, NOW)
    assert outbox.entry(what.id).state == "dropped"
    outbox.settle(what.id, "proven", NOW)
    with pytest.raises(StoreError, match="'pacs' has it"):
        outbox.drop(what.id, NOW)
    with pytest.raises(StoreError, match="no entry"):
        outbox.retry("o-none", NOW)
