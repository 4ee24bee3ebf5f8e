"""Waits by queueing theory, against textbook cases whose answers are known exactly."""

import math

import pytest

from overread.capacity.service import ServiceTimes, given
from overread.capacity.waits import erlang_c, waits

EXPONENTIAL = given(1.0, 1.0)


def sum_of(load: float, servers: int) -> float:
    """Erlang C as its definition sums it."""
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / math.factorial(k) for k in range(servers)) + last)


@pytest.mark.parametrize(("load", "servers"), [(0.5, 1), (1.5, 2), (8.0, 10), (30.0, 40), (1e-3, 3)])
def test_erlang_c_is_what_its_definition_sums(load: float, servers: int) -> None:
    assert erlang_c(load, servers) == pytest.approx(sum_of(load, servers), rel=1e-9)


def test_erlang_c_holds_for_more_servers_than_a_sum_of_factorials_bears() -> None:
    assert 0.4 < erlang_c(9_940.0, 10_000) < 0.6
    assert erlang_c(1.0, 10_000) == 0.0


def test_one_server_is_m_m_1() -> None:
    (wait,) = waits([0.8], EXPONENTIAL, 1) or []
    assert wait.mean == pytest.approx(0.8 / (1 - 0.8))
    assert wait.within(3.0) == pytest.approx(1 - 0.8 * math.exp(-0.2 * 3.0))
    assert wait.quantile(0.95) == pytest.approx(math.log(0.8 / 0.05) / 0.2)
    assert wait.quantile(0.1) == 0.0


def test_several_servers_are_m_m_c() -> None:
    (wait,) = waits([8.0], EXPONENTIAL, 10) or []
    chance = sum_of(8.0, 10)
    assert wait.mean == pytest.approx(chance / (10 - 8))
    assert wait.within(0.7) == pytest.approx(1 - chance * math.exp(-(10 - 8) * 0.7))


@pytest.mark.parametrize("deviation", [0.0, 0.5, 2.0])
def test_one_server_has_the_mean_wait_of_pollaczek_and_khinchine(deviation: float) -> None:
    (wait,) = waits([0.7], given(1.0, deviation), 1) or []
    assert wait.mean == pytest.approx(0.7 * (1 + deviation**2) / 2 / (1 - 0.7))


def test_priorities_wait_as_cobham_says_and_what_all_wait_together_stays() -> None:
    rates = [0.2, 0.3, 0.3]
    first, second, third = waits(rates, EXPONENTIAL, 1) or []
    assert first.mean == pytest.approx(0.8 / (1 - 0.2))
    assert second.mean == pytest.approx(0.8 / ((1 - 0.2) * (1 - 0.5)))
    assert third.mean == pytest.approx(0.8 / ((1 - 0.5) * (1 - 0.8)))
    assert first.variation == 1
    together = sum(rate * wait.mean for rate, wait in zip(rates, (first, second, third), strict=True))
    (all_alike,) = waits([0.8], EXPONENTIAL, 1) or []
    assert together == pytest.approx(0.8 * all_alike.mean)


def test_a_quantile_is_where_that_share_is_taken() -> None:
    for wait in waits([1.0, 2.0, 4.0], given(1.0, 0.4), 8) or []:
        assert wait.within(wait.quantile(0.95)) == pytest.approx(0.95)


@pytest.mark.parametrize("service", [EXPONENTIAL, given(1.0, 0.0)])
def test_more_than_can_be_read_has_no_wait(service: ServiceTimes) -> None:
    assert waits([1.0, 1.0], service, 2) is None
