"""Small charts as SVG shapes, worked out here and written by the template: no plotting library, no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from overread.oversight.monitor import Rates
from overread.oversight.shares import Share

WIDTH, HEIGHT = 300, 96
"""Pixels of a chart; 100 % is at the top."""
LEFT, BOTTOM = 34, 18


@dataclass(frozen=True)
class Bar:
    """A share as a line of a chart: where its interval lies and where its value is, in percent of the width."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Dot:
    """A share at its week: pixels from the left and the top; the interval from `top` to `bottom`."""

    x: float
    y: float
    top: float
    bottom: float
    title: str


@dataclass(frozen=True)
class WeekChart:
    """One figure of a voter on a label, week by week; weeks with too few cases are gaps."""

    title: str
    overall: str
    dots: tuple[Dot, ...]
    line: str
    """Points of a polyline."""
    weeks: tuple[tuple[float, str], ...]
    """Places and names of the first and the last week."""
    flagged: tuple[str, ...]
    """Weeks that drifted."""


def bar_of(share: Share) -> Bar | None:
    """Give the bar of a share; None where there are too few."""
    if share.value is None or share.low is None or share.high is None:
        return None
    return Bar(share.value * 100, share.low * 100, share.high * 100)


def week_chart(title: str, overall: Share, weeks: Sequence[Rates], figure: str, flagged: Sequence[str]) -> WeekChart:
    """Lay out a figure over the weeks given, in their order."""
    step = (WIDTH - LEFT - 10) / max(1, len(weeks) - 1)
    places = [LEFT + step * number for number in range(len(weeks))]
    dots = tuple(
        Dot(round(x, 1), _up(share.value), _up(share.high), _up(share.low), f"{rates.group}: {share.words}")
        for x, rates in zip(places, weeks, strict=True)
        if isinstance(share := getattr(rates, figure), Share) and share.value is not None
        if share.high is not None and share.low is not None
    )
    named = [(places[0], weeks[0].group), (places[-1], weeks[-1].group)] if weeks else []
    return WeekChart(
        title=title,
        overall=overall.words,
        dots=dots,
        line=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        weeks=tuple(dict.fromkeys(named)),
        flagged=tuple(flagged),
    )


def _up(share: float) -> float:
    return round((HEIGHT - BOTTOM) * (1 - share) + 4, 1)
