"""All figures of a window in one record."""

from collections.abc import Iterable
from datetime import datetime

from overread._version import __version__
from overread.oversight.collecting import Window
from overread.oversight.drift import METHOD
from overread.oversight.facts import CaseFacts
from overread.oversight.figures import Figures, ReadingSpeed, Suspicion, Tallies, reading_speed, suspicions
from overread.oversight.monitor import Monitor, MonitorTally
from overread.reasoning.trust import FEWEST
from overread.records import SCHEMA_VERSION, Record


class Stats(Record):
    """What readers did with the drafts, and the models against what was signed."""

    schema_version: int = SCHEMA_VERSION
    overread_version: str = __version__
    as_of: datetime
    since: datetime | None
    until: datetime | None
    """Cases decided before this count."""
    of: str
    """`patients` or `phantoms`."""
    left_out: int
    """Cases of the other kind in the same window."""
    denied_by_rejection: int
    """Labels that count as absent because the sentence that stated them was rejected and the signed text is silent."""
    fewest: int = FEWEST
    all: Figures
    readers: tuple[Figures, ...]
    profiles: tuple[Figures, ...]
    suspicions: tuple[Suspicion, ...]
    reading: ReadingSpeed
    monitor: Monitor
    drift_test: str = METHOD


def stats_of(facts: Iterable[CaseFacts], window: Window, as_of: datetime) -> Stats:
    """Count the cases as they pass; they come in the order in which they were decided."""
    tallies, monitor, others, denied = Tallies(), MonitorTally(), 0, 0
    for each in facts:
        if each.synthetic != window.phantoms:
            others += 1
            continue
        tallies.add(each)
        monitor.add(each)
        denied += len(each.by_rejection)
    readers, speed = tallies.readers, reading_speed()
    return Stats(
        as_of=as_of,
        since=window.since,
        until=window.until,
        of="phantoms" if window.phantoms else "patients",
        left_out=others,
        denied_by_rejection=denied,
        all=tallies.all,
        readers=readers,
        profiles=tallies.profiles,
        suspicions=suspicions(readers, speed),
        reading=speed,
        monitor=monitor.monitor,
    )
