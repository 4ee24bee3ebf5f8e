"""Ask FHIR servers for the reports that were signed there since the last time, and keep each version once."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from overread.peers.records import FhirServer
from overread.receiving.fhir_reports import changed_reports
from overread.store.home import Home

FIRST = timedelta(days=1)
"""How far back a server is asked the first time."""


@dataclass(frozen=True)
class Polled:
    """What one look at a server gave."""

    source: str
    noted: Counter[str] = field(default_factory=Counter)
    """`store.reports_elsewhere.Noted` to how many."""


def poll(home: Home, server: FhirServer, category: str | None, now: datetime, since: datetime | None = None) -> Polled:
    """Ask a server, from where the last look ended or from `since`; raises `PeerError` and then keeps nothing of it.

    Where it goes on is written down after the reports: a process that is killed in between asks for them again.
    """
    name, polled = f"reports:{server.url}", Polled(server.name)
    start = int(since.timestamp()) if since else home.arrivals.position(name)
    page = changed_reports(server, int((now - FIRST).timestamp()) if start is None else start, category)
    for report in page.reports:
        polled.noted[home.reports_elsewhere.note(report, now)] += 1
    if page.until is not None:
        home.arrivals.note(name, (), now, page.until)
    return polled
