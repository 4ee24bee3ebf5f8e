"""How long a case waits, against the time that its priority allows, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from overread.speech import ENGLISH, Speech

SOON = 0.75
"""Share of the time that has gone when a case is said to be due soon."""


@dataclass(frozen=True)
class Clock:
    """How long a case waits, and how that stands to its limit."""

    waited: str
    words: str
    state: Literal["in_time", "soon", "overdue", "none"]
    """`none`: its priority has no limit."""


def clock_of(arrived: datetime, limit: timedelta | None, now: datetime, say: Speech = ENGLISH) -> Clock:
    """Hold the time since the arrival against the limit."""
    waited = max(timedelta(), now - arrived)
    if limit is None:
        return Clock(span_words(waited, say), say.gettext("no limit"), "none")
    if waited > limit:
        over = say.gettext("overdue by {time}").format(time=span_words(waited - limit, say))
        return Clock(span_words(waited, say), over, "overdue")
    state: Literal["soon", "in_time"] = "soon" if waited >= SOON * limit else "in_time"
    due = say.gettext("due in {time}").format(time=span_words(limit - waited, say))
    return Clock(span_words(waited, say), due, state)


def span_words(span: timedelta, say: Speech = ENGLISH) -> str:
    """Say a span of time to the coarsest useful unit."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return say.gettext("{count} d").format(count=minutes // (24 * 60))
