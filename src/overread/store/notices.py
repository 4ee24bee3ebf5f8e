"""Notices of critical results: one a person, channel and minute of the ladder, each sent once at most.

A notice is `due` until somebody claims it; that makes it `sending`, is committed before anything is sent, and lets one
claimer through. What then comes of it is `sent`, `due` again later, or `dead` when all attempts failed. A sender that
dies in between leaves it `sending`: the next one cannot know whether the person was told, and makes it `uncertain`. It
is not sent again, because a person told twice learns to look away, and the ladder goes on to its next rung anyway; it
is shown as loudly as a dead one, because nobody may have been told. `missed` was overtaken by a later rung to the same
person before it went, `shown` has no channel and stands on the page, `ended` was acknowledged first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from overread.records import Alert
from overread.store import _schema as t
from overread.store.acknowledgements import ALERTS, alert_of
from overread.store.database import Database

NoticeState = Literal["due", "sending", "sent", "dead", "uncertain", "missed", "shown", "ended"]
UNTOLD: tuple[NoticeState, ...] = ("dead", "uncertain")
"""States that somebody has to look at: the person was not told, or may not have been."""


CLOSED = ("signed", "rejected")


@dataclass(frozen=True, order=True)
class NoticeKey:
    """Who is to be told of what, how and when on the ladder."""

    alert_id: str
    step: int
    """Minutes after the alert was raised: the rung's own name, so that another ladder never repeats what was sent."""
    channel: str
    recipient: str


@dataclass(frozen=True)
class Notice:
    """One notice as the store has it."""

    key: NoticeKey
    case_id: str
    state: NoticeState
    due_at: datetime
    """When it is to be tried; of one that was tried, when the attempt began."""
    attempts: int
    sent_at: datetime | None
    error: str | None


class Notices:
    """Notices in the database; every change of state is one conditional write."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_alerts(self) -> list[tuple[str, Alert]]:
        """Give the alerts that climb the ladder, with their case ids, the first raised first.

        Those are the alerts that nobody acknowledged, of cases that no person has closed: a signature needs an
        acknowledgement or a reason of its own, and a rejection says in writing that somebody looked. One of a case
        that was replaced goes on unless the case in its place is closed, or raised the same: once is enough.
        """
        cases, open_ones = t.cases.c, t.acknowledgements.c.alert_id.is_(None)
        query = (
            ALERTS.add_columns(cases.replaced_by)
            .join(t.cases, cases.case_id == t.alerts.c.case_id)
            .where(open_ones, cases.status.not_in(CLOSED))
            .order_by(t.alerts.c.raised_at, t.alerts.c.id)
        )
        with self._database.connect() as connection:
            found = [(row.case_id, row.replaced_by, alert_of(row)) for row in connection.execute(query)]
            went_on = {later for _, later, _ in found if later is not None}
            raised = {later: _raised_in(connection, later) for later in went_on}
        return [(case_id, alert) for case_id, later, alert in found if later is None or _alone(raised[later], alert)]

    def of(self, case_id: str) -> list[Notice]:
        """Give the notices of a case, in the order of the ladder."""
        n = t.notices.c
        query = sa.select(t.notices).where(n.case_id == case_id).order_by(n.alert_id, n.step, n.channel, n.recipient)
        return [_notice(row) for row in self._database.rows(query)]

    def open_ones(self) -> list[Notice]:
        """Give all notices of alerts that nobody acknowledged."""
        n, open_ones = t.notices.c, t.acknowledgements.c.alert_id.is_(None)
        joined = t.notices.outerjoin(t.acknowledgements, t.acknowledgements.c.alert_id == n.alert_id)
        query = sa.select(t.notices).select_from(joined).where(open_ones).order_by(n.alert_id, n.step)
        return [_notice(row) for row in self._database.rows(query)]

    def in_state(self, states: Sequence[NoticeState]) -> list[Notice]:
        """Give the notices in some states, those that are due longest first."""
        query = sa.select(t.notices).where(t.notices.c.state.in_(states)).order_by(t.notices.c.due_at)
        return [_notice(row) for row in self._database.rows(query)]

    def add(self, case_id: str, new: Iterable[tuple[NoticeKey, NoticeState]], at: datetime) -> None:
        """Write notices down, those that are there already as they are; what a newer one overtakes is `missed`."""
        with self._database.begin() as connection:
            for key, state in new:
                row = {**key.__dict__, "case_id": case_id, "state": state, "due_at": at, "attempts": 0}
                connection.execute(self._database.insert(t.notices).values(row).on_conflict_do_nothing())
                if state in ("due", "shown"):
                    connection.execute(_overtaken(key))

    def claim(self, key: NoticeKey, now: datetime) -> bool:
        """Take a notice to send it: True for one claimer only, and for none once the alert is acknowledged."""
        acknowledged = sa.exists().where(t.acknowledgements.c.alert_id == key.alert_id)
        attempt = {"state": "sending", "attempts": t.notices.c.attempts + 1, "due_at": now, "sent_at": now}
        claimed = sa.update(t.notices).where(_is(key), t.notices.c.state == "due", ~acknowledged).values(attempt)
        with self._database.begin() as connection:
            return connection.execute(claimed).rowcount == 1

    def settle(
        self, key: NoticeKey, state: NoticeState, *, due_at: datetime | None = None, error: str | None = None
    ) -> None:
        """Write what came of a claimed notice, also where it was thought uncertain in between.

        `due` again where the alert was acknowledged meanwhile is `ended`.
        """
        values: dict[str, object] = {"state": state, "error": error}
        if state == "due":
            acknowledged = sa.exists().where(t.acknowledgements.c.alert_id == key.alert_id)
            values = {"state": sa.case((acknowledged, "ended"), else_="due"), "error": error, "due_at": due_at}
        known = t.notices.c.state.in_(("sending", "uncertain"))
        with self._database.begin() as connection:
            connection.execute(sa.update(t.notices).where(_is(key), known).values(values))

    def end(self, keys: Iterable[NoticeKey]) -> None:
        """Send no more of what still waits of these: their cases are closed."""
        with self._database.begin() as connection:
            for key in keys:
                waiting = sa.update(t.notices).where(_is(key), t.notices.c.state == "due")
                connection.execute(waiting.values(state="ended"))

    def escalated(self) -> frozenset[str]:
        """Give the ids of the alerts that went beyond the foot of the ladder."""
        went = t.notices.c.state.in_(("sent", "dead", "uncertain", "shown", "sending"))
        query = sa.select(t.notices.c.alert_id).where(t.notices.c.step > 0, went).distinct()
        return frozenset(row["alert_id"] for row in self._database.rows(query))

    def give_up_interrupted(self) -> int:
        """Make `uncertain` what a dead sender left; to be called by one who knows that no sender lives."""
        left = sa.update(t.notices).where(t.notices.c.state == "sending")
        with self._database.begin() as connection:
            error = "the sender ended while it was sending"
            return connection.execute(left.values(state="uncertain", error=error)).rowcount


def _raised_in(connection: sa.Connection, case_id: str) -> frozenset[str] | None:
    """Give the labels of a case's alerts; None where a person has closed it."""
    status = connection.execute(sa.select(t.cases.c.status).where(t.cases.c.case_id == case_id)).scalar_one()
    if status in CLOSED:
        return None
    rows = connection.execute(ALERTS.where(t.alerts.c.case_id == case_id))
    return frozenset(alert_of(row).label for row in rows)


def _alone(raised: frozenset[str] | None, alert: Alert) -> bool:
    return raised is not None and alert.label not in raised


def _is(key: NoticeKey) -> sa.ColumnElement[bool]:
    return sa.and_(*(t.notices.c[name] == value for name, value in key.__dict__.items()))


def _overtaken(key: NoticeKey) -> sa.Update:
    """Leave out what still waits for the same person from an earlier rung: one message, not two at once."""
    n = t.notices.c
    same = (n.alert_id == key.alert_id) & (n.channel == key.channel) & (n.recipient == key.recipient)
    return sa.update(t.notices).where(same, n.step < key.step, n.state == "due").values(state="missed")


def _notice(row: sa.RowMapping) -> Notice:
    key = NoticeKey(row["alert_id"], row["step"], row["channel"], row["recipient"])
    rest = {name: row[name] for name in ("case_id", "state", "due_at", "attempts", "sent_at", "error")}
    return Notice(key, **rest)
