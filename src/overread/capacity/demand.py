"""What comes in: studies a year, their priorities, and how they are spread over the day."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from overread.errors import UsageError
from overread.records import Priority

HOURS = 24
MOST = 10_000_000
"""Studies a year."""


def _whole(shares: dict[Priority, float]) -> dict[Priority, float]:
    if abs(sum(shares.values()) - 1) > 1e-6 or min(shares.values()) < 0:
        raise ValueError("shares are not below 0 and add up to 1")
    return {priority: share for priority, share in shares.items() if share}


class Demand(BaseModel):
    """Studies as they come in; within an hour each comes on its own (a Poisson process)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    studies: int = Field(gt=0, le=MOST)
    """A year."""
    days: int = Field(default=365, ge=1, le=366)
    """Days of the year on which they come."""
    shares: Annotated[dict[Priority, float], AfterValidator(_whole)]
    day: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)
    """Share of a day's studies in each hour of it."""

    @property
    def peak_hour(self) -> int:
        """Give the busiest hour, 0 to 23."""
        return self.day.index(max(self.day))

    def an_hour(self, hour: int) -> float:
        """Give how many studies come in an hour of the day, on average."""
        return self.studies / self.days * self.day[hour]

    def by_priority(self, hour: int) -> dict[Priority, float]:
        """Give how many come in an hour of the day, of each priority that there is."""
        return {priority: share * self.an_hour(hour) for priority, share in self.shares.items()}


def shares_of(given: Mapping[Priority, float]) -> dict[Priority, float]:
    """Complete the shares of priorities: what is not given is routine; raises `UsageError` beyond 1."""
    rest = 1 - sum(given.values())
    if min(given.values(), default=0.0) < 0 or rest < -1e-9 or ("routine" in given and rest > 1e-9):
        raise UsageError("--share: each is from 0 to 1, together 1; without 'routine' the rest is routine")
    return {**given} if "routine" in given else {**given, "routine": max(0.0, rest)}


def day_of(hours: Sequence[float] | None, peak: float | None) -> tuple[float, ...]:
    """Give the share of each hour: of 24 figures, of the busiest hour's share with the others even, or all even.

    Raises `UsageError` for figures that make no day.
    """
    if hours is not None and peak is not None:
        raise UsageError("--day says which hour is the busiest; leave out --peak")
    if hours is not None:
        if len(hours) != HOURS or min(hours) < 0 or not 0 < sum(hours) < float("inf"):
            raise UsageError(f"--day: {HOURS} figures, one for each hour from midnight, none below 0, such as counts")
        return tuple(hour / sum(hours) for hour in hours)
    if peak is None:
        return (1 / HOURS,) * HOURS
    if not 1 / HOURS <= peak <= 1:
        raise UsageError("--peak: the busiest hour has from 1/24 of a day's studies to all of them, such as 0.1")
    # At noon: which hour it is changes nothing where the others are even.
    return tuple(peak if hour == HOURS // 2 else (1 - peak) / (HOURS - 1) for hour in range(HOURS))
