"""What waits: for a review, for an acknowledgement, to be sent, to be read; and its figures for Prometheus."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from overread.store.counts import Counts, count
from overread.store.home import Home
from overread.store.notices import UNTOLD


@dataclass(frozen=True)
class Queues:
    """A store in figures, at one moment."""

    at: datetime
    counts: Counts
    alerts: int
    """Critical results that are open."""
    alerted_since: datetime | None
    """When the oldest of them was raised."""
    untold: int
    """Notices of open critical results that did not reach anybody, or may not have."""
    free_bytes: int
    """Of the disk that the home is on."""

    def age(self, since: datetime | None) -> float | None:
        """Give the seconds since a moment; None where there is none."""
        return None if since is None else max(0.0, (self.at - since).total_seconds())


def queues_of(home: Home, now: datetime) -> Queues:
    """Look at what waits in a store."""
    alerts = [alert.raised_at for _, alert in home.notices.open_alerts()]
    return Queues(
        at=now,
        counts=count(home.database),
        alerts=len(alerts),
        alerted_since=min(alerts, default=None),
        untold=sum(notice.state in UNTOLD for notice in home.notices.open_ones()),
        free_bytes=shutil.disk_usage(home.root).free,
    )


class QueueMetrics(Collector):
    """Asks the store whenever `/metrics` is read; every process on one store shows the same figures."""

    def __init__(self, home: Home, clock: Callable[[], datetime] | None = None) -> None:
        self._home = home
        self._clock = clock or (lambda: datetime.now(UTC))

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing beforehand: the store is asked only when somebody looks."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the figures; an age is left out where nothing waits."""
        now = queues_of(self._home, self._clock())
        yield _by("store_cases", "Cases in the store.", "state", dict(now.counts.cases))
        yield _by("outbox_entries", "Entries to be sent, and those that failed.", "state", dict(now.counts.outbox))
        yield _one("arrivals_waiting", "Studies that came in and are not read yet.", now.counts.arrivals)
        yield _one("review_oldest_seconds", "Age of the oldest case waiting.", now.age(now.counts.waiting_since))
        yield _one("alerts_open", "Critical results that nobody acknowledged.", now.alerts)
        yield _one("alert_oldest_seconds", "Age of the oldest of them.", now.age(now.alerted_since))
        yield _one("notices_untold", "Notices that may have reached nobody.", now.untold)
        yield _one("disk_free_bytes", "Free space where the home is.", now.free_bytes)


def _one(name: str, about: str, value: float | None) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"overread_{name}", about)
    if value is not None:
        family.add_metric([], value)
    return family


def _by(name: str, about: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"overread_{name}", about, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
