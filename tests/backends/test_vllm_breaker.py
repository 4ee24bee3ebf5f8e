"""The circuit breaker by itself, with a clock that the test holds."""

from collections.abc import Callable

import pytest

from overread.backends._http_breaker import FIRST_REST, LONGEST_REST, STRIKES, Breaker, Faltered
from overread.errors import AnswerInvalid, BackendError, Unavailable


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(clock=clock)


def gone() -> BackendError:
    return Faltered("the server is gone", strikes=STRIKES)


def ask(breaker: Breaker, failure: Callable[[], BackendError] | None = None) -> bool:
    """Put one request through, failing as told; give whether it was the trial."""
    with breaker.watch() as trial:
        if failure is not None:
            raise failure()
        return trial


def fail(breaker: Breaker, failure: Callable[[], BackendError] = gone) -> None:
    with pytest.raises(type(failure())):
        ask(breaker, failure)


def assert_open(breaker: Breaker) -> None:
    with pytest.raises(Unavailable, match="not asked again"):
        ask(breaker)


def test_no_sign_of_life_opens_it_at_once_and_it_says_why(breaker: Breaker) -> None:
    fail(breaker)
    with pytest.raises(Unavailable, match=r"the server is gone \(not asked again for 5 s\)"):
        ask(breaker)


def test_single_failures_open_it_only_in_a_row(breaker: Breaker) -> None:
    for _ in range(STRIKES):
        fail(breaker, lambda: Faltered("HTTP 500", strikes=1))
        assert ask(breaker) is False
    for _ in range(STRIKES):
        fail(breaker, lambda: Faltered("HTTP 500", strikes=1))
    assert_open(breaker)


@pytest.mark.parametrize(
    "failure",
    [lambda: AnswerInvalid("off schema"), lambda: Unavailable("HTTP 401"), lambda: Faltered("429", strikes=0)],
)
def test_a_server_that_answers_never_opens_it(breaker: Breaker, failure: Callable[[], BackendError]) -> None:
    for _ in range(3 * STRIKES):
        fail(breaker, failure)
    assert ask(breaker) is False


def test_after_its_rest_one_request_tries_and_closes_it(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now = FIRST_REST
    with breaker.watch() as trial:
        assert trial
        assert_open(breaker)
    assert ask(breaker) is False


def test_a_failed_trial_opens_it_for_twice_as_long_up_to_a_bound(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    for rest in (FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST, 8 * FIRST_REST, LONGEST_REST, LONGEST_REST):
        clock.now += rest - 1
        assert_open(breaker)
        clock.now += 1
        fail(breaker)


def test_requests_that_fail_together_open_it_once(breaker: Breaker, clock: Clock) -> None:
    def fail_amid() -> BackendError:
        fail(breaker)
        return gone()

    with pytest.raises(Faltered):
        ask(breaker, fail_amid)
    clock.now = FIRST_REST
    assert ask(breaker) is True


def test_a_trial_that_is_cancelled_leaves_the_next_one_to_try(breaker: Breaker, clock: Clock) -> None:
    fail(breaker)
    clock.now = FIRST_REST
    with pytest.raises(KeyboardInterrupt), breaker.watch():
        raise KeyboardInterrupt
    assert ask(breaker) is True


def test_its_state_is_that_of_the_moment(breaker: Breaker, clock: Clock) -> None:
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "open"
    clock.now = FIRST_REST
    assert breaker.state == "half_open"
    with breaker.watch():
        assert breaker.state == "half_open"
    assert breaker.state == "closed"
