"""How long a case takes at one of a machine's places: measured in this home, or given."""

import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from overread.errors import UsageError
from overread.store.reading_queue import Reading, ReadingQueue

FEWEST = 20
"""Cases below which nothing is said of how much they vary."""
NEWEST = 1000
"""Cases that the figures rest on, at most."""


class ServiceTimes(BaseModel):
    """Seconds that a case keeps one of a machine's places, as many of them in work as the machine has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Literal["measured", "given"]
    mean: float = Field(gt=0)
    deviation: float = Field(ge=0)
    """Standard deviation, seconds."""
    samples: tuple[float, ...] = Field(default=(), exclude=True, repr=False)
    """Those that were measured; none where the figures were given."""
    cases: int | None = None
    """How many were measured."""
    in_flight: float | None = None
    """Cases in work at once on a host while any was there, on average; None where nothing was measured."""
    hosts: int | None = None
    """How many hosts read them; None where nothing was measured, or it is not known of any."""
    median: float | None = None
    """Seconds, of those that were measured: below the mean where some cases take far longer than most."""

    @property
    def squared_variation(self) -> float:
        """Give the squared coefficient of variation: 0 for a constant, 1 for an exponential."""
        return (self.deviation / self.mean) ** 2


def given(mean: float, deviation: float) -> ServiceTimes:
    """Take figures that somebody states."""
    return ServiceTimes(source="given", mean=mean, deviation=deviation)


def measured(queue: ReadingQueue, profile: str) -> ServiceTimes:
    """Take the newest cases of a profile that a batch or worker read here; raises `UsageError` below `FEWEST`."""
    readings = queue.readings(profile, NEWEST)
    if len(readings) < FEWEST:
        read = f"{len(readings)} cases" if readings else "no case"
        raise UsageError(
            f"how long a case takes is unknown: {read} of the profile '{profile}' read in this home by a batch or "
            f"worker, and {FEWEST} are needed; measure it with 'overread batch' and as many --workers as in use, "
            "or give --seconds and --deviation"
        )
    seconds = tuple(each.seconds for each in readings)
    hosts = {each.host for each in readings if each.host is not None}
    return ServiceTimes(
        source="measured",
        mean=statistics.fmean(seconds),
        deviation=statistics.stdev(seconds),
        samples=seconds,
        cases=len(seconds),
        in_flight=in_flight(readings),
        hosts=len(hosts) or None,
        median=statistics.median(seconds),
    )


def in_flight(readings: Sequence[Reading]) -> float:
    """Give how many cases a host had in work at once while it had any; those of no known host count as one host's."""
    busy = sum(_busy([each for each in readings if each.host == host]) for host in {each.host for each in readings})
    return sum(each.seconds for each in readings) / busy if busy else 1.0


def _busy(readings: Sequence[Reading]) -> float:
    """Give for how many seconds any case was in work."""
    busy = 0.0
    until: datetime | None = None
    for ended, taken, _ in sorted(readings, key=lambda each: each.ended - timedelta(seconds=each.seconds)):
        begun = ended - timedelta(seconds=taken)
        from_there = begun if until is None else max(begun, until)
        busy += max(0.0, (ended - from_there).total_seconds())
        until = ended if until is None else max(ended, until)
    return busy
