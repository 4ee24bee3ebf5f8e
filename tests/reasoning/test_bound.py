import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overread.reasoning.bound import DOUBT, limit_of, supported_score, supported_word
from overread.records import Performance, Point


def counted(right: int, wrong: int) -> Performance:
    """Give a voter that said present of `right` films that have the label and of `wrong` that have not."""
    return Performance(0.9, right / 500, 1 - wrong / 500, positive=500, negative=500)


def tail(wrong: int, stated: int, risk: float) -> float:
    """Give the chance of so few wrong ones or fewer, were each wrong with probability `risk`."""
    return sum(math.comb(stated, k) * risk**k * (1 - risk) ** (stated - k) for k in range(wrong + 1))


@pytest.mark.parametrize(
    ("right", "wrong", "holds"), [(10, 0, False), (11, 0, True), (50, 5, True), (45, 10, False), (0, 0, False)]
)
def test_few_films_promise_nothing(right: int, wrong: int, holds: bool) -> None:
    assert supported_word("present", counted(right, wrong), 0.2) is holds
    assert (right + wrong > 0 and tail(wrong, right + wrong, 0.2) <= DOUBT) is holds


def test_a_denial_is_bound_by_what_it_misses() -> None:
    misses_few, misses_many = (Performance(0.9, s, 0.5, positive=200, negative=200) for s in (0.98, 0.8))
    assert supported_word("absent", misses_few, 0.1)
    assert not supported_word("absent", misses_many, 0.1)


CURVE = Performance(
    0.8,
    positive=100,
    negative=100,
    curve=(Point(0.1, 1.0, 0.5), Point(0.4, 0.8, 0.9), Point(0.6, 0.6, 0.96), Point(0.9, 0.3, 1.0)),
)


def test_the_limit_is_the_lowest_from_which_the_bound_holds() -> None:
    assert limit_of("present", CURVE, 0.2) == 0.4
    assert limit_of("present", CURVE, 0.1) == 0.9
    assert limit_of("present", CURVE, 0.01) is None
    assert supported_score("present", 0.4, CURVE, 0.2)
    assert not supported_score("present", 0.39, CURVE, 0.2)
    assert limit_of("absent", CURVE, 0.2) == 0.1
    assert limit_of("absent", CURVE, 0.3) == 0.4
    assert supported_score("absent", 0.09, CURVE, 0.2)
    assert not supported_score("absent", 0.1, CURVE, 0.2)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 0.2, 0.3]))
def test_a_stricter_bound_supports_less(seed: int, risk: float) -> None:
    import numpy as np

    chance = np.random.default_rng(seed)
    thresholds = np.sort(chance.random(8))
    found, spared = np.sort(chance.random(8))[::-1], np.sort(chance.random(8))
    points = tuple(Point(*map(float, each)) for each in zip(thresholds, found, spared, strict=True))
    measured = Performance(0.8, positive=80, negative=120, curve=points)
    strict, loose = limit_of("present", measured, risk / 2), limit_of("present", measured, risk)
    if strict is not None:
        assert loose is not None
        assert loose <= strict


def test_of_many_voters_as_bad_as_the_bound_few_are_let_through() -> None:
    """Each states 60 films and is wrong in a quarter of them by nature; a bound of a fifth must rarely be given."""
    import numpy as np

    chance = np.random.default_rng(7)
    given_ = sum(
        supported_word("present", counted(60 - wrong, wrong), 0.2) for wrong in chance.binomial(60, 0.25, 2000)
    )
    assert given_ / 2000 <= DOUBT
