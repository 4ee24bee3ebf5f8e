"""Service times of a home: what was measured in it, and nothing where too little was."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from overread.capacity.service import FEWEST, given, in_flight, measured
from overread.errors import UsageError
from overread.store.home import Home
from overread.store.reading_queue import Job, Reading

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with closing(Home(tmp_path / "home")) as opened:
        yield opened


def settle(
    home: Home, seconds: list[float], profile: str = "p", case: str | None = "c-1", host: str | None = None
) -> None:
    jobs = [Job(f"{profile}-{case}-{n}", "b", profile, None, timedelta(0), n, "{}") for n in range(len(seconds))]
    home.reading_queue.put(jobs)
    for taken in seconds:
        lease = home.reading_queue.claim("me", 60.0, profile=profile)
        assert lease is not None
        home.reading_queue.settle(lease, "{}", taken, case_id=case, host=host)


def test_an_idle_home_says_that_it_does_not_know(home: Home) -> None:
    with pytest.raises(UsageError, match=r"unknown: no case of the profile 'p' .* --seconds"):
        measured(home.reading_queue, "p")


def test_too_few_cases_are_none(home: Home) -> None:
    settle(home, [1.0] * (FEWEST - 1))
    settle(home, [1.0] * FEWEST, profile="another")
    settle(home, [1.0] * FEWEST, case=None)  # became no case
    with pytest.raises(UsageError, match=f"{FEWEST - 1} cases"):
        measured(home.reading_queue, "p")


def test_what_was_measured_has_its_mean_and_how_it_varies(home: Home) -> None:
    settle(home, [1.0, 3.0] * FEWEST)
    service = measured(home.reading_queue, "p")
    assert (service.source, service.cases, service.mean) == ("measured", 2 * FEWEST, 2.0)
    assert service.squared_variation == pytest.approx(0.25, rel=0.05)
    assert sorted(service.samples) == [1.0] * FEWEST + [3.0] * FEWEST
    assert "samples" not in service.model_dump()


def test_cases_in_work_at_once_are_counted_while_any_was() -> None:
    ended = [NOON, NOON, NOON + timedelta(hours=5)]
    assert in_flight(at("a", (ended[0], 10.0), (ended[1], 10.0), (ended[2], 20.0))) == pytest.approx(40 / 30)
    assert in_flight(at("a", (NOON, 10.0), (NOON + timedelta(seconds=5), 10.0))) == pytest.approx(20 / 15)


def test_hosts_are_counted_each_for_itself() -> None:
    pair = ((NOON, 10.0), (NOON, 10.0))
    assert in_flight(at("a", *pair)) == 2.0
    assert in_flight([*at("a", pair[0]), *at("b", pair[1])]) == 1.0
    assert in_flight(at(None, *pair)) == 2.0


def test_a_store_that_hosts_share_tells_how_many_read(any_home: Home) -> None:
    settle(any_home, [1.0, 1.0, 4.0] * FEWEST, host="a")
    settle(any_home, [2.0] * FEWEST, case="c-2", host="b")
    service = measured(any_home.reading_queue, "p")
    assert (service.hosts, service.cases, service.median) == (2, 4 * FEWEST, 1.5)


def at(host: str | None, *read: tuple[datetime, float]) -> list[Reading]:
    return [Reading(ended, seconds, host) for ended, seconds in read]


def test_figures_that_are_given_are_taken_as_such() -> None:
    assert given(4.0, 2.0).squared_variation == 0.25
    assert given(4.0, 2.0).cases is None
