"""A query of the worklist as conditions and an order of the database."""

from datetime import datetime, timedelta
from typing import Any, get_args

import sqlalchemy as sa

from overread.errors import UsageError
from overread.records import CaseStatus
from overread.store import _schema as t
from overread.store.list_query import MINE, NOBODY, ListQuery, Scope
from overread.store.listing import NO_CATEGORY, URGENCY, folded

Condition = sa.ColumnElement[bool]
LISTED = t.listing.outerjoin(t.assignments, t.listing.c.case_id == t.assignments.c.case_id)
"""Each case with who has or had it."""
STATUS_ORDER = {"awaiting_review": 0, "failed": 1, "refused": 2, "running": 3, "received": 4, "signed": 5}
_l, _a = t.listing.c, t.assignments.c


def seen_by(scope: Scope) -> list[Condition]:
    """Keep to what the reader may see."""
    return [] if scope.only is None else [_l.case_id.in_(scope.only)]


def of_statuses(query: ListQuery) -> Condition:
    """Keep to the states that were asked for."""
    return _l.status.in_(query.statuses) if query.statuses else _l.status != "replaced"


def fits(query: ListQuery, scope: Scope, now: datetime) -> list[Condition]:
    """Keep to what passes the other filters and the search."""
    found: list[Condition] = []
    if query.critical:
        found.append(is_critical())
    if query.priority:
        found.append(_l.priority == query.priority)
    if query.modality:
        found.append(_l.modality.contains(query.modality, autoescape=True))
    if query.view:
        found.append(_l.views.contains(query.view, autoescape=True))
    if query.assignee:
        found.append(_assigned(query.assignee, scope, now))
    if query.age:
        found.append(_aged(query.age, scope, now))
    return [*found, *(_has(word, scope) for word in folded(query.find).split())]


def is_critical() -> Condition:
    """Keep to cases with a critical result."""
    return _l.category < NO_CATEGORY


def waits_critically() -> Condition:
    """Keep to cases with a critical result that somebody still has to do something about."""
    return sa.and_(is_critical(), sa.not_(_l.ended))


def is_held(now: datetime) -> Condition:
    """Keep to cases that somebody has, and whose lease, if there is one, has not ended."""
    return sa.and_(_a.assignee.is_not(None), sa.or_(_a.lease_until.is_(None), _a.lease_until > now))


def order_of(query: ListQuery, scope: Scope, opened: str | None = None) -> list[sa.ColumnElement[Any]]:
    """Give what to sort by, no two cases alike; the case `opened` stands where it stood when it waited."""
    ended = _l.ended if opened is None else sa.case((_l.case_id == opened, False), else_=_l.ended)
    rank: list[sa.ColumnElement[Any]] = [ended, _l.urgency, _l.category, _l.created_at, _l.case_id]
    if query.sort == "urgency":
        return [column.desc() for column in rank] if query.descending else rank
    if query.sort == "patient" and not scope.named:
        raise UsageError("patients are not named in this list; show their names first")
    first = {
        "priority": sa.case(URGENCY, value=_l.priority),
        "critical": _l.category,
        "status": sa.case(STATUS_ORDER, value=_l.status, else_=len(get_args(CaseStatus))),
        "patient": _l.patient_words,
        "accession": _l.accession,
        "exam": _l.exam,
        "study": _l.study_at,
        "age": _l.created_at,
        "assignee": sa.func.coalesce(_a.assignee, "\U0010ffff"),
    }[query.sort]
    return [first.desc() if query.descending else first, *rank]


def _assigned(assignee: str, scope: Scope, now: datetime) -> Condition:
    held = is_held(now)
    if assignee == NOBODY:
        return sa.not_(sa.func.coalesce(held, sa.false()))
    return sa.and_(held, _a.assignee == (scope.author if assignee == MINE else assignee))


def _aged(age: str, scope: Scope, now: datetime) -> Condition:
    if age == "overdue":
        late = [sa.and_(_l.priority == name, _l.created_at < now - limit) for name, limit in scope.limits.items()]
        return sa.and_(sa.not_(_l.ended), sa.or_(sa.false(), *late))
    if age == "day":
        return _l.created_at >= now - timedelta(days=1)
    week = now - timedelta(days=7)
    return _l.created_at >= week if age == "week" else _l.created_at < week


def _has(word: str, scope: Scope) -> Condition:
    found = _l.words.contains(word, autoescape=True)
    return sa.or_(found, _l.patient_words.contains(word, autoescape=True)) if scope.named else found
