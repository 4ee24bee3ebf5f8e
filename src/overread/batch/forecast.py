"""What a batch would read, and how long it will take as far as this home can tell."""

import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from overread.batch.jobs import input_digest
from overread.batch.work import Work
from overread.records import Priority
from overread.settings import Settings
from overread.store.reading_queue import ReadingQueue

NEWEST = 200
"""Cases that the estimate rests on, at most."""


@dataclass(frozen=True)
class Forecast:
    """What a batch would do; seconds are None where no case of the profile was read in this home by a worker."""

    in_summary: int
    known: int
    """Of those that are left, inputs of a content that a worker has read here: found on file."""
    to_read: int
    by_priority: dict[Priority, int]
    """Those to read."""
    measured: int
    """Earlier cases that the estimate rests on."""
    seconds: float | None
    """All cases to read, at the median of the earlier ones' seconds and so many at once as asked."""


def forecast(
    works: Sequence[Work], done: Collection[str], queue: ReadingQueue, settings: Settings, slots: int
) -> Forecast:
    """Look at the inputs of a batch without reading any as a case; each file is read once, for its digest."""
    left = [work for work in works if work.name not in done]
    digests = [input_digest(work, settings.limits) for work in left]
    on_file = queue.known({digest for digest in digests if digest}, settings.profile)
    new, seen = [], set[str]()
    for work, digest in zip(left, digests, strict=True):
        if digest is None or digest not in on_file | seen:
            new.append(work)
        seen |= {digest} if digest else set()
    times = queue.seconds(settings.profile, NEWEST)
    return Forecast(
        in_summary=len(works) - len(left),
        known=len(left) - len(new),
        to_read=len(new),
        by_priority=dict(Counter(work.priority for work in new)),
        measured=len(times),
        seconds=statistics.median(times) * len(new) / max(1, slots) if times else None,
    )
