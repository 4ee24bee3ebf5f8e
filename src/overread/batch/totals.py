"""A batch in figures."""

import math
import resource
import sys
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from overread.batch.summary import SummaryLine

ENERGY = ("processor_joules", "gpu_joules")


@dataclass(frozen=True)
class Totals:
    """A batch in figures; times in seconds, None when nothing was read."""

    cases: int
    by_status: dict[str, int]
    wall_seconds: float
    p50: float | None
    p95: float | None
    peak_mib: float
    """Of the process that needed most."""
    processor_joules: float | None = None
    gpu_joules: float | None = None
    """A case, the whole machine: all that it used over the cases that it read; None where it does not tell."""

    @property
    def per_minute(self) -> float | None:
        """Give cases per minute of wall time, those that were refused or failed too; None when nothing was read."""
        return 60 * self.cases / self.wall_seconds if self.cases and self.wall_seconds else None


class Tally:
    """Counts what was read; of times it keeps the newest `most`, so that a worker may run for ever."""

    def __init__(self, most: int | None = None) -> None:
        self._statuses: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=most)
        self._peak_mib = 0.0
        self._joules: dict[str, list[float]] = {name: [] for name in ENERGY}

    def add(self, line: SummaryLine) -> None:
        """Count a case."""
        self._statuses[line.status] += 1
        self._seconds.append(line.seconds)
        self._peak_mib = max(self._peak_mib, line.peak_mib)
        for name, told in self._joules.items():
            told += [joules] if (joules := getattr(line, name)) is not None else []

    def totals(self, wall_seconds: float) -> Totals:
        """Sum up; `p50` and `p95` are times of single cases, not interpolated."""
        times = sorted(self._seconds)
        return Totals(
            cases=self._statuses.total(),
            by_status=dict(self._statuses),
            wall_seconds=wall_seconds,
            p50=_quantile(times, 0.50),
            p95=_quantile(times, 0.95),
            peak_mib=max(self._peak_mib, peak_mib()),
            **{name: sum(told) / len(told) if told else None for name, told in self._joules.items()},
        )


def totals(lines: Iterable[SummaryLine], wall_seconds: float) -> Totals:
    """Sum up the lines of a run of `wall_seconds`."""
    tally = Tally()
    for line in lines:
        tally.add(line)
    return tally.totals(wall_seconds)


def peak_mib() -> float:
    """Give the highest resident memory of this process so far; Linux counts it in KiB, macOS in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 2**20 if sys.platform == "darwin" else peak / 2**10, 1)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    """Give the nearest-rank quantile, a time that was measured."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
