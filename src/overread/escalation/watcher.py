"""Whoever runs watches: writes down what the ladder asks for, and sends it. Any number of processes may."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from overread.channels import Channel
from overread.errors import CaseBusy, StoreError
from overread.escalation.due import minutes_open, newly_due, to_try
from overread.escalation.ladder import Ladder
from overread.escalation.notification import notification
from overread.escalation.outcome import NotSent, Unclear
from overread.escalation.sending import Send, send
from overread.records import Alert
from overread.store.home import Home
from overread.store.notices import Notice, NoticeKey, NoticeState

LOGGER = logging.getLogger(__name__)
LOCK = "escalation"
AT_ONCE = 8
EVERY_SECONDS = 5.0
Outcome = tuple[NoticeState, datetime | None, str | None]


class Watcher:
    """Looks at the store again and again; what it knows is all in there, but for how long it has watched an alert."""

    def __init__(
        self,
        home: Home,
        ladder: Ladder,
        channels: Mapping[str, Channel],
        page: str,
        *,
        send: Send = send,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._home = home
        self._ladder = ladder
        self._channels = dict(channels)
        self._page = page
        self._send = send
        self._clock = clock
        self._monotonic = monotonic
        self._since: dict[str, tuple[float, float]] = {}
        self._unwritten: dict[NoticeKey, Outcome] = {}

    def look(self) -> int:
        """Write down what is due and send it; gives how many notices were tried.

        Raises `CaseBusy` while another process looks: it does the same.
        """
        self._write_outcomes()
        with self._home.database.hold(LOCK, 0.0, "another process sends the notices of critical results"):
            # Nobody sends but the holder of the lock, so what still says so was left by one that died.
            self._home.notices.give_up_interrupted()
            alerts = self._plan()
            now = self._clock()
            waiting = self._home.notices.in_state(("due",))
            self._home.notices.end(notice.key for notice in waiting if notice.key.alert_id not in alerts)
            trying = to_try((n for n in waiting if n.key.alert_id in alerts), self._channels, now)
            with ThreadPoolExecutor(AT_ONCE) as pool:
                return sum(pool.map(lambda notice: self._try(notice, alerts[notice.key.alert_id]), trying))

    def watch(self, stop: threading.Event, seconds: float = EVERY_SECONDS) -> None:
        """Look every few seconds until told to stop; a database that is away for a while ends nothing."""
        while True:
            try:
                self.look()
            except CaseBusy:
                LOGGER.debug("another process watches critical results")
            except (sa.exc.DBAPIError, StoreError) as error:
                LOGGER.warning("critical results are not watched for now: %s", type(error).__name__)
            if stop.wait(seconds):
                return

    def _plan(self) -> dict[str, Alert]:
        """Write down what is newly due, and give the alerts that still climb."""
        open_alerts = self._home.notices.open_alerts()
        written = {notice.key for notice in self._home.notices.open_ones()}
        now = self._clock()
        for case_id, alert in open_alerts:
            new = newly_due(alert, self._ladder, self._minutes(alert, now), written, self._channels)
            if new:
                self._home.notices.add(case_id, new, now)
        self._since = {alert.id: self._since[alert.id] for _, alert in open_alerts}
        return {alert.id: alert for _, alert in open_alerts}

    def _minutes(self, alert: Alert, now: datetime) -> float:
        """Give how long an alert is open: by the clock, or by how long it was watched where the clock went back."""
        first, then = self._since.setdefault(alert.id, (minutes_open(alert, now), self._monotonic()))
        return max(minutes_open(alert, now), first + (self._monotonic() - then) / 60)

    def _try(self, notice: Notice, alert: Alert) -> bool:
        """Claim a notice and send it; False where somebody else has, or it was acknowledged meanwhile."""
        now = self._clock()
        if not self._home.notices.claim(notice.key, now):
            return False
        self._unwritten[notice.key] = self._outcome(notice, alert, now)
        self._write_outcomes()
        return True

    def _outcome(self, notice: Notice, alert: Alert, now: datetime) -> Outcome:
        key, attempts = notice.key, notice.attempts + 1
        channel = self._channels.get(key.channel)
        if channel is None:
            return "shown", None, "the channel is not set up any more"
        role = self._ladder.role(alert.category, key.recipient)
        body = notification(notice.case_id, alert, key, role, channel, self._page, now)
        try:
            self._send(channel, body)
        except NotSent as error:
            if attempts >= channel.attempts:
                return "dead", None, str(error)
            return "due", self._clock() + timedelta(seconds=channel.wait(attempts)), str(error)
        except Unclear as error:
            return "uncertain", None, str(error)
        return "sent", None, None

    def _write_outcomes(self) -> None:
        """Write what came of what was sent; what a database that is away cannot take is kept for the next look."""
        for key, (state, due_at, error) in list(self._unwritten.items()):
            self._home.notices.settle(key, state, due_at=due_at, error=error)
            self._unwritten.pop(key, None)
