"""The worklist as the database gives it: filtered, searched, sorted, counted and cut to a page there, not in Python."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from overread.records import Alert, Case, CaseStatus, ReportVersion
from overread.store import _schema as t
from overread.store._list_conditions import LISTED, fits, of_statuses, order_of, seen_by, waits_critically
from overread.store.assignments import Assignment
from overread.store.database import Database
from overread.store.list_query import ListQuery, Scope
from overread.store.report_versions import newest_of

_l, _a, _c = t.listing.c, t.assignments.c, t.cases.c


@dataclass(frozen=True)
class ListedCase:
    """One row of the list, with what it shows."""

    case_id: str
    status: CaseStatus
    priority: str
    created_at: datetime
    profile: str
    error: str | None
    replaced_by: str | None
    case: Case
    identity: Mapping[str, Any] | None
    """Whose images these are; None where the reader is not shown it, or the input names nobody."""
    alerts: tuple[Alert, ...]
    acknowledged: frozenset[str]
    """Ids of the alerts that somebody acknowledged."""
    assignment: Assignment | None
    """Who has the case, or had it until a lease ended."""
    next_step: str | None
    """What the gate says to do about a study that it refused."""
    report: ReportVersion | None
    """The newest signed state of its report."""


@dataclass(frozen=True)
class ListPage:
    """One page of the list, and what there is beside it."""

    rows: tuple[ListedCase, ...]
    page: int
    """From 1; the last one where a later one was asked for."""
    total: int
    """Cases that pass the filters, on all pages."""
    counts: Mapping[CaseStatus, int]
    """Cases of each state that pass all other filters."""
    critical_elsewhere: int
    """Cases with a critical result that pass the filters, wait for somebody, and are on other pages."""
    critical_hidden: int
    """The same, hidden by the filters."""


@dataclass(frozen=True)
class Neighbours:
    """Where a case stands in a list; a side is None at its end."""

    before: str | None
    after: str | None
    place: int
    """From 1."""
    total: int


class Worklist:
    """Reads only; what it reads is written with the case (`store.listing`) and by `Assignments`."""

    def __init__(self, database: Database, clock: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._clock = clock or (lambda: datetime.now(UTC))

    def page(self, query: ListQuery, scope: Scope) -> ListPage:
        """Give one page; raises `UsageError` for an order that the reader may not see."""
        now, seen = self._clock(), seen_by(scope)
        fitting = [*seen, *fits(query, scope, now)]
        with self._database.connect() as connection:
            counts, critical = self._counts(connection, fitting)
            chosen = query.statuses or tuple(status for status in counts if status != "replaced")
            total = sum(counts.get(status, 0) for status in chosen)
            page = max(1, min(query.page, -(-total // query.size)))
            ordered = sa.select(_l.case_id).select_from(LISTED).where(*fitting, of_statuses(query))
            cut = ordered.order_by(*order_of(query, scope)).limit(query.size).offset((page - 1) * query.size)
            rows = self._rows(connection, connection.execute(cut).scalars().all(), scope)
            waiting = self._count(connection, [*seen, waits_critically(), _l.status != "replaced"])
        passing = sum(critical.get(status, 0) for status in chosen)
        here = sum(1 for row in rows if row.alerts and row.status not in ("signed", "rejected", "replaced"))
        return ListPage(rows, page, total, counts, max(0, passing - here), max(0, waiting - passing))

    def neighbours(self, case_id: str, query: ListQuery, scope: Scope) -> Neighbours | None:
        """Give the cases before and after one; None for a case that the reader may not see, or that is unknown.

        A case that was just decided stands where it stood when it waited, whatever the filters say of it now.
        """
        now = self._clock()
        passing = sa.or_(sa.and_(*fits(query, scope, now), of_statuses(query)), _l.case_id == case_id)
        order = order_of(query, scope, opened=case_id)
        placed = (
            sa.select(
                _l.case_id,
                sa.func.lag(_l.case_id).over(order_by=order).label("before"),
                sa.func.lead(_l.case_id).over(order_by=order).label("after"),
                sa.func.row_number().over(order_by=order).label("place"),
                sa.func.count().over().label("total"),
            )
            .select_from(LISTED)
            .where(*seen_by(scope), passing)
            .subquery()
        )
        found = self._database.rows(sa.select(placed).where(placed.c.case_id == case_id))
        return Neighbours(**{k: v for k, v in found[0].items() if k != "case_id"}) if found else None

    def choices(self, scope: Scope) -> tuple[list[str], list[str]]:
        """Give the modalities and the views that there are to filter by."""
        query = sa.select(_l.modality, _l.views).where(*seen_by(scope)).distinct()
        found = [(row["modality"], row["views"]) for row in self._database.rows(query)]
        modalities = {one for modality, _ in found for one in modality.split("/") if one}
        views = {one for _, several in found for one in several.split(", ") if one}
        return sorted(modalities), sorted(views)

    def _counts(
        self, connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]
    ) -> tuple[dict[CaseStatus, int], dict[CaseStatus, int]]:
        """Count cases by state, and those among them that wait with a critical result."""
        flagged = sa.func.sum(sa.case((waits_critically(), 1), else_=0))
        query = sa.select(_l.status, sa.func.count(), flagged).select_from(LISTED).where(*conditions)
        found = connection.execute(query.group_by(_l.status)).all()
        return {row[0]: row[1] for row in found}, {row[0]: row[2] for row in found}

    def _count(self, connection: sa.Connection, conditions: Sequence[sa.ColumnElement[bool]]) -> int:
        query = sa.select(sa.func.count()).select_from(t.listing).where(*conditions)
        return int(connection.execute(query).scalar_one())

    def _rows(self, connection: sa.Connection, ids: Sequence[str], scope: Scope) -> tuple[ListedCase, ...]:
        """Read what the rows of one page show, in their order."""
        names = ("case_id", "status", "priority", "created_at", "profile", "error", "replaced_by", "case_json")
        columns = [_c[name] for name in names] + ([_c.identity_json] if scope.named else [])
        found = connection.execute(sa.select(*columns).where(_c.case_id.in_(ids))).mappings()
        held = connection.execute(sa.select(t.assignments).where(_a.case_id.in_(ids))).mappings()
        assignments = {row["case_id"]: Assignment(**row) for row in held}
        alerts = _alerts(connection, ids)
        told = sa.select(t.acknowledgements.c.alert_id).where(t.acknowledgements.c.case_id.in_(ids))
        acknowledged = frozenset(connection.execute(told).scalars())
        refused = sa.select(_c.case_id, _c.file_json).where(_c.case_id.in_(ids), _c.status == "refused")
        steps = {case_id: _next_step(text) for case_id, text in connection.execute(refused)}
        reports = newest_of(connection, ids)
        rows = {
            row["case_id"]: ListedCase(
                **{name: row[name] for name in names if name != "case_json"},
                case=Case.model_validate_json(row["case_json"]),
                identity=json.loads(row.get("identity_json") or "null"),
                alerts=tuple(alerts[row["case_id"]]),
                acknowledged=acknowledged,
                assignment=assignments.get(row["case_id"]),
                next_step=steps.get(row["case_id"]),
                report=reports.get(row["case_id"]),
            )
            for row in found
        }
        return tuple(rows[case_id] for case_id in ids if case_id in rows)


def _alerts(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[Alert]]:
    """Read the alerts of cases, the most urgent first."""
    found: dict[str, list[Alert]] = defaultdict(list)
    query = sa.select(t.alerts.c.case_id, t.alerts.c.alert_json).where(t.alerts.c.case_id.in_(ids))
    for case_id, text in connection.execute(query.order_by(t.alerts.c.raised_at)):
        found[case_id].append(Alert.model_validate_json(text))
    return defaultdict(list, {case_id: sorted(several, key=lambda a: a.category) for case_id, several in found.items()})


def _next_step(file_json: str | None) -> str | None:
    gate = json.loads(file_json or "{}").get("gate") or {}
    step: str | None = (gate.get("refusal") or {}).get("next_step")
    return step
