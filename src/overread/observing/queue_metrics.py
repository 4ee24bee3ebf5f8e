"""What waits, in figures for Prometheus."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from overread.observing.queues import queues_of
from overread.store.home import Home


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
        now = queues_of(self._home.database, self._home.root, self._clock())
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
