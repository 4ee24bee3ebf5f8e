"""The worklist as it is shown: the cases that pass the filters, and what is hidden that nobody should miss."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from overread.outputs.signature_text import STATUSES, initial
from overread.outputs.waiting_text import Clock, clock_of
from overread.records import Alert, Case, CaseStatus, ReportVersion
from overread.review.first_reading import is_shown
from overread.review.formatting import date_words, sided
from overread.review.language import gettext, speech
from overread.store.assignments import Assignment, Handover
from overread.store.list_query import ListQuery, Scope
from overread.store.listing import WAITING, exam_of
from overread.store.worklist import ListedCase, ListPage

STATUS_WORDS: dict[CaseStatus, str] = {
    "received": "Waiting to be read",
    "running": "Being read",
    "refused": "Refused",
    "awaiting_review": "Awaiting review",
    "signed": "Signed",
    "rejected": "Rejected",
    "failed": "AI failed",
    "replaced": "Replaced",
}
SEXES = {"F": "F", "M": "M", "O": "other"}
TELL_WITHIN = {1: "minutes", 2: "hours", 3: "days"}
"""ACR categories of actionable findings."""
AGAIN = "Open it for what was seen until then; send the study again to read on."
HANDOVERS = {
    "taken_over": "{by} took over case {case}, as your lease had ended.",
    "reassigned": "{by} gave case {case}, which you had, to somebody else.",
    "given": "{by} gave you case {case}.",
    "released": "{by} took case {case} off your hands; nobody has it now.",
    "late_order": "An order came for case {case} after you signed it; what it asks stands below the signature.",
}


@dataclass(frozen=True)
class Holder:
    """Who has a case: in words, and as the page sends it back when it asks for a change."""

    words: str
    kind: Literal["mine", "another", "ended", "nobody"]
    name: str | None
    until: str | None
    """End of the lease, ISO 8601 in UTC."""


@dataclass(frozen=True)
class WorklistRow:
    """One case in the list; it names no patient."""

    case_id: str
    priority: str
    status: CaseStatus
    status_words: str
    note: str | None
    """Why it is where it is: of a failed case, of a report that is preliminary or was changed, and of an addendum."""
    next_step: str | None
    """What to do about a case that was refused or failed."""
    alert: str | None
    alert_category: int | None
    alert_state: str | None
    """Whether somebody acknowledged the critical results."""
    accession: str | None
    exam: str
    study_date: str
    patient: str
    """Age and sex as the header states them."""
    arrived: str
    """ISO 8601 in UTC."""
    clock: Clock | None
    """None for a case that nobody has anything to do about any more."""
    holder: Holder
    synthetic: bool
    generated: bool
    waits: bool


@dataclass(frozen=True)
class WorklistPage:
    """One page of the list and its figures, which are of all cases that the reader may see, shown or not."""

    rows: tuple[WorklistRow, ...]
    query: ListQuery
    page: int
    pages: int
    total: int
    """Cases that pass the filters."""
    everything: int
    """Cases that pass all filters but that of the state."""
    counts: tuple[tuple[CaseStatus, str, int], ...]
    critical_hidden: int
    critical_elsewhere: int
    filtered: bool


def worklist_page(listed: ListPage, query: ListQuery, scope: Scope, now: datetime) -> WorklistPage:
    """Build the list from rows in the order of the query."""
    counts = tuple((status, words, listed.counts.get(status, 0)) for status, words in STATUS_WORDS.items())
    unfiltered = ListQuery(sort=query.sort, descending=query.descending, page=query.page, size=query.size)
    return WorklistPage(
        rows=tuple(_row(row, scope, now) for row in listed.rows),
        query=query,
        page=listed.page,
        pages=max(1, -(-listed.total // query.size)),
        total=listed.total,
        everything=sum(count for status, _, count in counts if status != "replaced"),
        counts=counts,
        critical_hidden=listed.critical_hidden,
        critical_elsewhere=listed.critical_elsewhere,
        filtered=query != unfiltered,
    )


def holder_of(assignment: Assignment | None, author: str, now: datetime) -> Holder:
    """Say who has a case as this reader sees it."""
    if assignment is None:
        return Holder(gettext("nobody"), "nobody", None, None)
    name, until = assignment.assignee, assignment.lease_until
    if not assignment.holds(now):
        return Holder(gettext("nobody; {name} had it").format(name=name), "ended", name, None)
    words, kind = (gettext("you"), "mine") if name == author else (name, "another")
    return Holder(words, kind, name, until.isoformat() if until else None)  # type: ignore[arg-type]


def handover_words(handovers: Sequence[Handover]) -> list[str]:
    """Say in a sentence each what others did with a reader's cases."""
    return [gettext(HANDOVERS[each.what]).format(by=each.by, case=each.case_id) for each in handovers]


def _row(row: ListedCase, scope: Scope, now: datetime) -> WorklistRow:
    waits = row.status in WAITING
    alerts = tuple(filter(is_shown, row.alerts)) if scope.hides and waits else row.alerts
    worst = alerts[0] if alerts else None
    return WorklistRow(
        case_id=row.case_id,
        priority=row.priority,
        status=row.status,
        status_words=STATUS_WORDS[row.status],
        note=row.error or _signed_as(row.report) or _addendum(row.case),
        next_step=row.next_step or (AGAIN if row.status == "failed" else None),
        alert="; ".join(_critical(alert) for alert in alerts) or None,
        alert_category=worst.category if worst else None,
        alert_state=_acknowledged(alerts, row.acknowledged),
        accession=row.case.order.accession_number,
        exam=exam_of(row.case, gettext("view unknown")),
        study_date=_study_date(row.case),
        patient=_patient(row.case),
        arrived=row.created_at.isoformat(timespec="seconds"),
        clock=_clock(row, scope.limits, now) if waits else None,
        holder=holder_of(row.assignment, scope.author, now),
        synthetic=row.case.study.synthetic,
        generated=row.case.study.generated,
        waits=waits,
    )


def _critical(alert: Alert) -> str:
    words = gettext("{finding}: category {category}, tell within {time}")
    return words.format(
        finding=sided(alert.label, alert.laterality),
        category=alert.category,
        time=gettext(TELL_WITHIN[alert.category]),
    )


def _clock(row: ListedCase, limits: Mapping[str, timedelta], now: datetime) -> Clock:
    return clock_of(row.created_at, limits.get(row.priority), now, speech())


def _acknowledged(alerts: Sequence[Alert], acknowledged: frozenset[str]) -> str | None:
    if not alerts:
        return None
    left = sum(alert.id not in acknowledged and alert.acknowledged is None for alert in alerts)
    if not left:
        return gettext("acknowledged")
    return (
        gettext("not acknowledged") if left == len(alerts) else gettext("{count} not acknowledged").format(count=left)
    )


def _signed_as(newest: ReportVersion | None) -> str | None:
    """Say what a report is beside final: preliminary, or a later version."""
    if newest is None or newest.status == "final":
        return None
    words = gettext("{what}, by {who}") if newest.preliminary else gettext("{what}, version {number}, by {who}")
    what = initial(gettext(STATUSES[newest.status]))
    return words.format(what=what, number=newest.version, who=newest.signed_by)


def _addendum(case: Case) -> str | None:
    signed = case.follows.addendum_to if case.follows else None
    words = gettext("Addendum to {case}, signed by {who}")
    return words.format(case=signed.case_id, who=signed.signed_by) if signed else None


def _patient(case: Case) -> str:
    age = None if case.study.age_years is None else gettext("{years} y").format(years=f"{case.study.age_years:.0f}")
    sex = gettext(SEXES.get(case.study.sex or "", ""))
    return " ".join(word for word in (age, sex) if word) or gettext("age and sex not stated")


def _study_date(case: Case) -> str:
    """Write day and time as the header has them: DICOM states no zone, so there is nothing to move them by."""
    time = case.study.study_time or ""
    clock = f" {time[:2]}:{time[2:4]}" if len(time) >= 4 and time[:4].isdigit() else ""
    return date_words(case.study.study_date) + (clock if case.study.study_date else "")
