"""What became of critical results: one record an alert, written once, whoever else writes at the same moment."""

from typing import Any

import sqlalchemy as sa

from overread.errors import StaleReview, UsageError
from overread.records import Acknowledgement, Alert, Review
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

ALERTS = sa.select(t.alerts.c.case_id, t.alerts.c.alert_json, t.acknowledgements.c.acknowledgement_json).select_from(
    t.alerts.outerjoin(t.acknowledgements, t.acknowledgements.c.alert_id == t.alerts.c.id)
)
"""Every alert, with what became of it."""


def alert_of(row: Any) -> Alert:
    """Read one row of `ALERTS`."""
    alert = Alert.model_validate_json(row.alert_json)
    if row.acknowledgement_json is None:
        return alert
    known = Acknowledgement.model_validate_json(row.acknowledgement_json)
    return alert.model_copy(update={"acknowledged": known})


class Acknowledgements:
    """Acknowledgements in the database; each ends the escalation of its alert in the same step."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def write(self, case_id: str, alert_id: str, made: Acknowledgement, author: str) -> Acknowledgement:
        """Write who was told, and in the audit; gives what was written, with what the alert itself says filled in.

        Where a review gave a reason why nobody was told, the person who is told later takes its place.
        Raises `UsageError` when the case has no such alert, `StaleReview` when somebody was told of it already.
        """
        with self._database.begin() as connection:
            alert = _alert(connection, case_id, alert_id)
            whole = made.model_copy(
                update={"finding": made.finding or alert.message, "found_at": made.found_at or alert.raised_at}
            )
            row = _row(case_id, alert_id, whole, author)
            if not _inserted(connection, self._database, row) and not _in_place_of_a_reason(connection, row):
                raise StaleReview(_taken(connection, alert_id))
            _end_escalation(connection, alert_id)
            detail = {"alert": alert_id, "told": whole.told, "how": whole.how, "read_back": whole.read_back}
            self._audit.append(connection, author, "acknowledge", case_id, **detail)
        return whole


def write_reasons(connection: sa.Connection, database: Database, case_id: str, review: Review) -> None:
    """Write why nobody was told of the alerts that a review names, in the step that decides the case."""
    for item in review.not_told:
        made = Acknowledgement(by=review.reviewer, at=review.at, not_told=item.reason)
        # Somebody may have been told in between: that stands, and the reason stays with the review.
        _inserted(connection, database, _row(case_id, item.alert_id, made, review.reviewer))
        _end_escalation(connection, item.alert_id)


def _row(case_id: str, alert_id: str, made: Acknowledgement, author: str) -> dict[str, object]:
    text = made.model_dump_json()
    return {"alert_id": alert_id, "case_id": case_id, "author": author, "acknowledgement_json": text, "at": made.at}


def _alert(connection: sa.Connection, case_id: str, alert_id: str) -> Alert:
    query = ALERTS.where(t.alerts.c.id == alert_id, t.alerts.c.case_id == case_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise UsageError(f"case {case_id} has no critical result {alert_id}")
    return alert_of(row)


def _inserted(connection: sa.Connection, database: Database, row: dict[str, object]) -> bool:
    written = database.insert(t.acknowledgements).values(row).on_conflict_do_nothing()
    return connection.execute(written.returning(t.acknowledgements.c.alert_id)).first() is not None


def _in_place_of_a_reason(connection: sa.Connection, row: dict[str, object]) -> bool:
    """Replace a reason why nobody was told; False where somebody was, also when that came about just now."""
    table = t.acknowledgements
    query = sa.select(table.c.acknowledgement_json).where(table.c.alert_id == row["alert_id"])
    standing = connection.execute(query).scalar_one()
    if Acknowledgement.model_validate_json(standing).not_told is None:
        return False
    same = (table.c.alert_id == row["alert_id"]) & (table.c.acknowledgement_json == standing)
    return connection.execute(sa.update(table).where(same).values(row)).rowcount == 1


def _taken(connection: sa.Connection, alert_id: str) -> str:
    query = sa.select(t.acknowledgements.c.acknowledgement_json).where(t.acknowledgements.c.alert_id == alert_id)
    known = Acknowledgement.model_validate_json(connection.execute(query).scalar_one())
    return f"{known.by} acknowledged this critical result at {known.at:%H:%M UTC}, {known.told} was told; that stands"


def _end_escalation(connection: sa.Connection, alert_id: str) -> None:
    waiting = (t.notices.c.alert_id == alert_id) & (t.notices.c.state == "due")
    connection.execute(sa.update(t.notices).where(waiting).values(state="ended"))
