"""What the ladder asks for now: worked out from when an alert was raised, so that no timer can be lost."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from overread.channels import Channel
from overread.escalation.ladder import Ladder, Rung
from overread.records import Alert
from overread.store.notices import Notice, NoticeKey, NoticeState


def minutes_open(alert: Alert, now: datetime) -> float:
    """Give the minutes since an alert was raised; 0 where the clock says that it is yet to be."""
    return max(0.0, (now - alert.raised_at).total_seconds() / 60)


def newly_due(
    alert: Alert, ladder: Ladder, minutes: float, written: Collection[NoticeKey], channels: Collection[str]
) -> list[tuple[NoticeKey, NoticeState]]:
    """Give the notices that are due and not written down yet, after so many minutes.

    Of several rungs to one person on one channel that fell due since anybody looked, only the last is told: the earlier
    ones are `missed`. One whose channel is not set up is `shown` on the page.
    """
    due = [NoticeKey(alert.id, *rung) for rung in ladder.rungs(alert.category) if rung.minute <= minutes]
    new = [key for key in due if key not in written]
    last = {(key.channel, key.recipient): key.step for key in due}
    states: dict[bool, NoticeState] = {True: "due", False: "shown"}
    return [
        (key, states[key.channel in channels] if key.step == last[key.channel, key.recipient] else "missed")
        for key in new
    ]


def next_rung(alert: Alert, ladder: Ladder, minutes: float) -> Rung | None:
    """Give the next rung that is not due yet; None at the top of the ladder."""
    return next((rung for rung in ladder.rungs(alert.category) if rung.minute > minutes), None)


def to_try(notices: Iterable[Notice], channels: dict[str, Channel], now: datetime) -> list[Notice]:
    """Give the notices whose time has come.

    A wait longer than the channel's longest is none: the clock went back since it was written.
    """
    return [
        notice
        for notice in notices
        if notice.due_at <= now or notice.due_at - now > timedelta(seconds=_longest(channels.get(notice.key.channel)))
    ]


def _longest(channel: Channel | None) -> float:
    return channel.retry_most_seconds if channel else 0.0
