"""How it stands with the critical results of a case, in one word and in lines."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from overread.escalation.due import minutes_open, next_rung
from overread.escalation.ladder import Ladder
from overread.records import Alert
from overread.speech import ENGLISH, Speech
from overread.store.notices import UNTOLD, Notice, NoticeState

CriticalState = Literal["open", "escalated", "acknowledged"]
WORDS: dict[NoticeState, str] = {
    "due": "not told yet",
    "sending": "being told",
    "sent": "told",
    "dead": "NOT TOLD, every attempt failed",
    "uncertain": "MAY NOT HAVE BEEN TOLD",
    "missed": "left out, the next notice came first",
    "shown": "shown on the page only: its channel is not set up",
    "ended": "not told any more",
}


def critical_state(alerts: Sequence[Alert], escalated: Collection[str]) -> CriticalState | None:
    """Say in one word how it stands with a case's alerts, the worst of them; None for a case without.

    `escalated` are the ids of alerts beyond the foot of the ladder (`Notices.escalated`). An alert that nobody is told
    of, for a reason, counts as acknowledged.
    """
    open_ones = [alert for alert in alerts if alert.acknowledged is None]
    if not alerts:
        return None
    if not open_ones:
        return "acknowledged"
    return "escalated" if any(alert.id in escalated for alert in open_ones) else "open"


@dataclass(frozen=True)
class NoticeLine:
    """One notice in words; `loud` where somebody has to look."""

    at: datetime
    """In UTC: when it was sent, else when it is due."""
    text: str
    loud: bool


def notice_lines(
    alert: Alert, notices: Sequence[Notice], ladder: Ladder, say: Speech = ENGLISH
) -> tuple[NoticeLine, ...]:
    """Say who was told of an alert when, in the order of the ladder; nothing is loud once it is acknowledged."""
    is_open = alert.acknowledged is None
    own = [notice for notice in notices if notice.key.alert_id == alert.id]
    return tuple(
        NoticeLine(
            notice.sent_at or notice.due_at,
            _line(alert, notice, ladder, say),
            is_open and notice.state in UNTOLD,
        )
        for notice in own
    )


def next_step(alert: Alert, ladder: Ladder, now: datetime, say: Speech = ENGLISH) -> str | None:
    """Say who is told next, and in how many minutes; None where nobody is."""
    minutes = minutes_open(alert, now)
    rung = next_rung(alert, ladder, minutes)
    if alert.acknowledged is not None or rung is None:
        return None
    words = say.gettext("next {who} in {time}")
    return words.format(who=say.gettext(ladder.role(alert.category, rung.recipient)), time=_span(rung.minute - minutes))


def _line(alert: Alert, notice: Notice, ladder: Ladder, say: Speech) -> str:
    who = say.gettext(ladder.role(alert.category, notice.key.recipient))
    tried = say.gettext(", attempt {number}").format(number=notice.attempts) if notice.attempts > 1 else ""
    why = f" ({notice.error})" if notice.error and notice.state != "shown" else ""
    words = say.gettext("{who} by {channel}: {state}").format(
        who=who, channel=notice.key.channel, state=say.gettext(WORDS[notice.state])
    )
    return f"{words}{tried}{why}"


def _span(minutes: float) -> str:
    whole = max(1, round(minutes))
    return f"{whole} min" if whole < 120 else f"{round(whole / 60)} h"
