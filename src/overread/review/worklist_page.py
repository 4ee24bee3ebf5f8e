"""The worklist: every case the store holds, flagged or not, most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from overread.records import Alert, Case, CaseStatus
from overread.review.formatting import date_words, span_words
from overread.store.cases import CaseRow

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
WAITING: tuple[CaseStatus, ...] = ("received", "running", "awaiting_review", "failed", "refused")
"""States in which somebody still has to do something."""
SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class WorklistRow:
    """One case in the list; it names no patient."""

    case_id: str
    priority: str
    status: CaseStatus
    status_words: str
    note: str | None
    """Why it is where it is: of a failed case, and of an addendum."""
    alert: str | None
    alert_category: int | None
    accession: str
    exam: str
    study_date: str
    study_age: str | None
    waiting: str
    synthetic: bool
    waits: bool


@dataclass(frozen=True)
class WorklistPage:
    """The list and its figures; `total` and `counts` are of all cases that the reader may see, shown or not."""

    rows: tuple[WorklistRow, ...]
    total: int
    counts: tuple[tuple[CaseStatus, str, int], ...]
    now: str


def worklist_page(
    listed: Sequence[tuple[CaseRow, Case, Sequence[Alert]]], counts: dict[CaseStatus, int], now: datetime
) -> WorklistPage:
    """Build the list from rows in the room's order; an alert lifts a case, nothing hides one."""
    ranked = sorted(listed, key=lambda item: rank(item[0], item[2]))
    return WorklistPage(
        rows=tuple(_row(row, case, alerts, now) for row, case, alerts in ranked),
        total=sum(counts.values()),
        counts=tuple((status, words, counts.get(status, 0)) for status, words in STATUS_WORDS.items()),
        now=now.strftime("%H:%M:%S UTC"),
    )


def rank(row: CaseRow, alerts: Sequence[Alert]) -> tuple[bool, int, int]:
    """Put what waits first, then by urgency: that of the order, or of the critical result if that is higher."""
    category = min((alert.category for alert in alerts), default=9)
    urgency = min({"STAT": 0, "urgent": 1, "routine": 2}[row.priority], category - 1)
    return row.status not in WAITING, urgency, category


def _row(row: CaseRow, case: Case, alerts: Sequence[Alert], now: datetime) -> WorklistRow:
    worst = min(alerts, key=lambda alert: alert.category, default=None)
    waits = row.status in WAITING
    created = row.created_at if row.created_at.tzinfo else row.created_at.replace(tzinfo=now.tzinfo)
    return WorklistRow(
        case_id=row.case_id,
        priority=row.priority,
        status=row.status,
        status_words=STATUS_WORDS[row.status],
        note=row.error or _addendum(case),
        alert=worst.message if worst else None,
        alert_category=worst.category if worst else None,
        accession=case.order.accession_number or "not stated",
        exam=_exam(case),
        study_date=date_words(case.study.study_date),
        study_age=_study_age(case.study.study_date, now),
        waiting=span_words(created, now) if waits else "done",
        synthetic=case.study.synthetic,
        waits=waits,
    )


def _addendum(case: Case) -> str | None:
    signed = case.follows.addendum_to if case.follows else None
    return f"Addendum to {signed.case_id}, signed by {signed.signed_by}" if signed else None


def _exam(case: Case) -> str:
    modalities = "/".join(dict.fromkeys(series.modality for series in case.study.series))
    views = ", ".join(dict.fromkeys(image.view or "view unknown" for image in case.study.images))
    return f"{modalities} {views}"


def _study_age(study_date: str | None, now: datetime) -> str | None:
    """Say how old the study is, when its date is one."""
    try:
        taken = datetime.strptime(study_date or "", "%Y%m%d").replace(tzinfo=now.tzinfo)
    except ValueError:
        return None
    days = (now - taken).days
    return None if days < 0 else "today" if days == 0 else f"{days} d ago"
