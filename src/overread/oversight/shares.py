"""Figures with what they rest on: a share with its interval, times with their quartiles, or that there are too few."""

from collections.abc import Sequence
from functools import cache
from statistics import quantiles

from overread.evals._intervals import wilson
from overread.reasoning.trust import FEWEST
from overread.records import Record
from overread.speech import ENGLISH, Speech


class Share(Record):
    """Hits of n with the 95 % Wilson interval; from fewer than `FEWEST` no figure is given."""

    hits: int
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, hits: int, n: int) -> "Share":
        """Give the share of hits, 0 to 1, with four digits."""
        if n < FEWEST:
            return cls(hits=hits, n=n)
        low, high = _interval(hits, n)
        return cls(hits=hits, n=n, value=round(hits / n, 4), low=low, high=high)

    @property
    def words(self) -> str:
        """Say it in a line: percent, interval, n; or that there are too few."""
        if self.value is None or self.low is None or self.high is None:
            return f"too few ({self.n})"
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%}), {self.hits} of {self.n}"


class Times(Record):
    """Seconds, by median and quartiles; from fewer than `FEWEST` none are given."""

    n: int
    lower: float | None = None
    median: float | None = None
    upper: float | None = None
    opened: int = 0
    """How many are counted from when the draft was first shown; the others from when it was ready."""

    @classmethod
    def of(cls, seconds: Sequence[float], opened: int) -> "Times":
        """Give median and quartiles, in seconds with one digit."""
        if len(seconds) < FEWEST:
            return cls(n=len(seconds), opened=opened)
        lower, median, upper = (round(cut, 1) for cut in quantiles(seconds, n=4, method="inclusive"))
        return cls(n=len(seconds), lower=lower, median=median, upper=upper, opened=opened)

    @property
    def words(self) -> str:
        """Say it in a line; or that there are too few."""
        if self.lower is None or self.median is None or self.upper is None:
            return f"too few ({self.n})"
        return f"{span(self.median)} ({span(self.lower)} to {span(self.upper)}), n = {self.n}"


@cache
def _interval(hits: int, n: int) -> tuple[float, float]:
    """Give the interval; the same small counts come by the thousand, and one takes 0.6 ms."""
    return wilson(hits, n)


def span(seconds: float, say: Speech = ENGLISH) -> str:
    """Say a time in its coarsest useful unit."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{say.number(seconds / 3600, 1)} h"
