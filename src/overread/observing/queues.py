"""What waits: for a review, for an acknowledgement, to be sent, to be read."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from overread.store.counts import Counts, count
from overread.store.database import Database
from overread.store.notices import UNTOLD, Notices


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


def queues_of(database: Database, home: Path, now: datetime) -> Queues:
    """Look at what waits in a store, of which only the database is opened."""
    notices = Notices(database)
    alerts = [alert.raised_at for _, alert in notices.open_alerts()]
    return Queues(
        at=now,
        counts=count(database),
        alerts=len(alerts),
        alerted_since=min(alerts, default=None),
        untold=sum(notice.state in UNTOLD for notice in notices.open_ones()),
        free_bytes=shutil.disk_usage(home).free,
    )
