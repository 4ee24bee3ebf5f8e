"""When a study is ready: nothing of it has changed for a while, and the views that belong to it are there."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from overread.records import Study, View
from overread.store.arrivals import Arrival


def is_ready(arrival: Arrival, quiet_seconds: float, now: datetime) -> bool:
    """Say whether an arrival may be looked into now; one that somebody forced does not wait to settle."""
    if arrival.held and not arrival.forced:
        return False
    if arrival.not_before is not None and now < arrival.not_before and not arrival.forced:
        return False
    return arrival.forced or now - arrival.changed_at >= timedelta(seconds=quiet_seconds)


def is_settling(arrival: Arrival) -> bool:
    """Say whether time alone makes it ready soon: it is neither held nor put off."""
    return not arrival.held and arrival.not_before is None


def missing_views(studies: Iterable[Study], required: Sequence[View]) -> tuple[View, ...]:
    """Give the required views that none of these has an image of, in the order in which they are required."""
    there = {image.view for study in studies for image in study.images}
    return tuple(dict.fromkeys(view for view in required if view not in there))


def wait_until(arrival: Arrival, minutes: float, now: datetime) -> datetime | None:
    """Say until when a study with a view missing is waited for; None when it is to be read as it is."""
    until = arrival.first_at + timedelta(minutes=minutes)
    return None if arrival.forced or now >= until else until
