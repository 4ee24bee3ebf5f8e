"""The queue of cases in both kinds of database: one lease at a time, a lost one settles nothing, nobody starves."""

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from overread.settings import WorklistLimits
from overread.store import _schema as t
from overread.store.home import Home
from overread.store.reading_queue import Job, Lease

LIMITS = WorklistLimits().by_priority()
LONG = 600.0


def job(name: str, priority: str = "routine", *, place: int = 0, content: str | None = None, batch: str = "b") -> Job:
    return Job(name, batch, "scripted", content or f"content of {name}", LIMITS[priority], place, f'"{name}"')


def claims(home: Home, **how: object) -> list[str]:
    """Take everything that can be had, in turn."""
    found = []
    while (lease := home.reading_queue.claim("w", LONG, **how)) is not None:  # type: ignore[arg-type]
        found.append(lease.id)
    return found


def taken(home: Home, seconds: float = LONG, holder: str = "w") -> Lease:
    lease = home.reading_queue.claim(holder, seconds)
    assert lease is not None
    return lease


def states(home: Home) -> dict[str, tuple[str, int]]:
    q = t.reading_queue.c
    return {row["id"]: (row["state"], row["deaths"]) for row in home.database.rows(sa.select(q.id, q.state, q.deaths))}


def test_each_case_is_leased_once_in_the_order_given(any_home: Home) -> None:
    any_home.reading_queue.put([job(name, place=place) for place, name in enumerate("abc")])
    assert claims(any_home) == ["a", "b", "c"]


@pytest.mark.parametrize(("hours", "first"), [(0, "new"), (22, "new"), (24, "old")])
def test_an_urgent_case_goes_first_but_not_for_ever(any_home: Home, hours: int, first: str) -> None:
    before = datetime.now(UTC) - timedelta(hours=hours)
    any_home.reading_queue.put([job("old")], before)
    any_home.reading_queue.put([job("new", "STAT")])
    assert taken(any_home).id == first


def test_a_batch_and_a_profile_take_their_own(any_home: Home) -> None:
    any_home.reading_queue.put([job("a"), job("b", batch="other")])
    assert claims(any_home, batch="other") == ["b"]
    assert claims(any_home, profile="embedded") == []
    assert any_home.reading_queue.left(batch="b") == 1


def test_a_lost_lease_is_noticed_and_settles_nothing(any_home: Home) -> None:
    queue = any_home.reading_queue
    queue.put([job("a")])
    first = taken(any_home, 0.01, "slow")
    time.sleep(0.05)
    assert queue.reap(3) == 1
    second = taken(any_home, LONG, "quick")
    assert queue.renew([first, second], LONG) == {"a"}
    assert not queue.settle(first, "{}", 1.0)
    assert not queue.put_off(first, 0.0, error="too late")
    assert queue.settle(second, "{}", 1.0)
    assert not queue.settle(second, "{}", 1.0)
    assert states(any_home) == {"a": ("done", 1)}


def test_a_lease_that_is_renewed_is_not_taken_back(any_home: Home) -> None:
    any_home.reading_queue.put([job("a")])
    lease = taken(any_home, 0.01)
    assert any_home.reading_queue.renew([lease], LONG) == set()
    time.sleep(0.05)
    assert any_home.reading_queue.reap(3) == 0


def test_a_case_whose_workers_die_is_read_alone_and_then_set_aside(any_home: Home) -> None:
    queue = any_home.reading_queue
    queue.put([job("poison"), job("fine", place=1)])
    assert taken(any_home, holder="dead").id == "poison"
    assert queue.reap(2, holder="dead") == 1
    assert queue.claim("w", LONG, alone=False) is None  # what else the worker reads ends first
    assert taken(any_home, holder="dead again").id == "poison"
    assert queue.claim("w", LONG, alone=False) is not None
    assert queue.reap(2, holder="dead again") == 1
    assert states(any_home) == {"poison": ("aside", 2), "fine": ("leased", 0)}
    (settled,) = queue.untold("b")
    assert (settled.id, settled.reason, settled.outcome_json, settled.deaths) == ("poison", "worker_died", None, 2)


def test_one_content_is_not_read_twice_at_the_same_time(any_home: Home) -> None:
    any_home.reading_queue.put([job("a", content="same"), job("copy", content="same", place=1), job("c", place=2)])
    first = taken(any_home)
    assert claims(any_home) == ["c"]
    any_home.reading_queue.settle(first, "{}", 1.0)
    assert claims(any_home) == ["copy"]


def test_a_case_that_is_put_off_waits_and_a_fault_counts(any_home: Home) -> None:
    queue = any_home.reading_queue
    queue.put([job("a")])
    assert queue.put_off(taken(any_home), 0.0)
    assert queue.put_off(taken(any_home), 0.0, error="the share is gone")
    lease = taken(any_home)
    assert lease.attempts == 1
    assert queue.put_off(lease, LONG)
    assert claims(any_home) == []
    assert queue.left() == 1


def test_what_was_told_of_keeps_no_name(any_home: Home) -> None:
    any_home.reading_queue.put([job("DOE")])
    lease = taken(any_home)
    any_home.reading_queue.settle(lease, json.dumps("DOE"), 2.5, case_id="c-1")
    (settled,) = any_home.reading_queue.untold("b")
    assert json.loads(settled.work_json) == "DOE"
    any_home.reading_queue.tell(["DOE"])
    (row,) = any_home.database.rows(sa.select(t.reading_queue))
    assert (row["work_json"], row["outcome_json"], row["seconds"], row["case_id"]) == (None, None, 2.5, "c-1")
    assert any_home.reading_queue.untold("b") == []


def test_putting_in_again_changes_only_what_waits_or_was_told_of(any_home: Home) -> None:
    queue = any_home.reading_queue
    queue.put([job(name, place=place) for place, name in enumerate(("told", "done", "leased", "waits"))])
    told, done, _ = taken(any_home), taken(any_home), taken(any_home)
    for lease in (told, done):
        queue.settle(lease, "{}", 1.0)
    queue.tell(["told"])
    queue.put([job(name, content="another") for name in ("told", "done", "leased", "waits")])
    q = t.reading_queue.c
    found = {row["id"]: row for row in any_home.database.rows(sa.select(t.reading_queue))}
    assert {name: row["state"] for name, row in found.items()} == {
        "told": "waiting", "done": "done", "leased": "leased", "waits": "waiting",
    }  # fmt: skip
    assert {name for name, row in found.items() if row[q.content] == "another"} == {"told", "waits"}


@pytest.mark.parametrize(("keep", "left"), [(("a",), ["a", "held"]), ((), ["held"])])
def test_a_batch_drops_what_it_does_not_want_any_more(any_home: Home, keep: Sequence[str], left: list[str]) -> None:
    queue = any_home.reading_queue
    queue.put([job("held"), job("a", place=1), job("b", place=2), job("other", batch="c")])
    lease = taken(any_home)
    queue.keep_only("b", keep)
    assert sorted(states(any_home)) == sorted([*left, "other"])
    queue.forget("b")
    assert not queue.settle(lease, "{}", 1.0)
    assert list(states(any_home)) == ["other"]


def test_what_a_holder_gives_back_waits_again_and_counts_for_nothing(any_home: Home) -> None:
    any_home.reading_queue.put([job("a"), job("b", place=1)])
    lease, _ = taken(any_home, holder="one"), taken(any_home, holder="two")
    any_home.reading_queue.give_back("one")
    assert states(any_home) == {"a": ("waiting", 0), "b": ("leased", 0)}
    assert not any_home.reading_queue.settle(lease, "{}", 1.0)
    assert taken(any_home).id == "a"


def test_who_died_is_taken_all_that_its_hands_have_and_nothing_of_others(any_home: Home) -> None:
    queue = any_home.reading_queue
    queue.put([job(name, place=place) for place, name in enumerate("abcd")])
    for holder in ("batch b_1", "batch b_1 0", "batch b_10 0", "batch bx1 0"):
        taken(any_home, holder=holder)
    assert queue.reap(3, holder="batch b_1") == 2
    assert {name for name, (state, _) in states(any_home).items() if state == "waiting"} == {"a", "b"}
