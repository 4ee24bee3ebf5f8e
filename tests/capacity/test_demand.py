"""What comes in: shares of priorities and hours of the day."""

import pytest
from pydantic import ValidationError

from overread.capacity.demand import Demand, day_of, shares_of
from overread.errors import UsageError


def test_the_rest_is_routine() -> None:
    assert shares_of({"STAT": 0.25}) == {"STAT": 0.25, "routine": 0.75}
    assert shares_of({}) == {"routine": 1.0}


@pytest.mark.parametrize("given", [{"STAT": 1.2}, {"routine": 0.5}, {"STAT": -0.1}, {"STAT": 0.6, "urgent": 0.6}])
def test_shares_that_are_no_whole_are_refused(given) -> None:
    with pytest.raises(UsageError, match="--share"):
        shares_of(given)


def test_a_day_has_its_studies_in_the_hours_that_were_counted() -> None:
    counts = [0.0] * 8 + [30.0, 10.0] + [0.0] * 14
    demand = Demand(studies=365_000, shares=shares_of({"STAT": 0.5}), day=day_of(counts, None))
    assert demand.peak_hour == 8
    assert demand.an_hour(8) == pytest.approx(750)
    assert demand.by_priority(9) == pytest.approx({"STAT": 125.0, "routine": 125.0})


def test_a_peak_leaves_the_rest_even() -> None:
    day = day_of(None, 0.1)
    assert max(day) == 0.1
    assert sum(day) == pytest.approx(1)
    assert day_of(None, None) == (1 / 24,) * 24


@pytest.mark.parametrize(
    ("hours", "peak"),
    [([1.0] * 23, None), ([0.0] * 24, None), ([-1.0] + [1.0] * 23, None), (None, 0.01), ([1.0] * 24, 0.1)],
)
def test_what_makes_no_day_is_refused(hours, peak) -> None:
    with pytest.raises(UsageError):
        day_of(hours, peak)


def test_a_demand_has_a_bound() -> None:
    with pytest.raises(ValidationError):
        Demand(studies=10_000_001, shares={"routine": 1.0}, day=day_of(None, None))
