"""A site and a demand to ask about; the figures are of no real place."""

from collections.abc import Callable

import pytest

from overread.capacity.demand import Demand, day_of, shares_of
from overread.capacity.service import given
from overread.capacity.sizing import Site

MINUTES = {"STAT": 60.0, "urgent": 240.0, "routine": 1440.0}


@pytest.fixture
def site() -> Callable[..., Site]:
    def make(*, seconds: float = 20.0, deviation: float = 10.0, workers: int = 4, target: float = 60.0) -> Site:
        return Site.model_validate(
            {
                "service": given(seconds, deviation),
                "workers": workers,
                "allowed": {name: 60 * minutes for name, minutes in MINUTES.items()},
                "targets": dict.fromkeys(MINUTES, target),
            }
        )

    return make


@pytest.fixture
def demand() -> Demand:
    return Demand(studies=1_000_000, shares=shares_of({"STAT": 0.1, "urgent": 0.3}), day=day_of(None, 0.1))
