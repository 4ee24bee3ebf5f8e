"""The narrow row that the worklist keeps of a case, written in the step that writes the case itself."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from overread.records import Case, CaseStatus
from overread.store import _schema as t

WAITING: tuple[CaseStatus, ...] = ("received", "running", "awaiting_review", "failed", "refused")
"""States in which somebody still has to do something."""
URGENCY = {"STAT": 0, "urgent": 1, "routine": 2}
NO_CATEGORY = 9
UNKNOWN = "view unknown"


def enter(connection: sa.Connection, case: Case, identity: Mapping[str, Any] | None, at: datetime) -> None:
    """List a case that was just admitted."""
    connection.execute(sa.insert(t.listing).values(listed(case, identity, at)))


def listed(
    case: Case,
    identity: Mapping[str, Any] | None,
    at: datetime,
    status: CaseStatus = "received",
    category: int = NO_CATEGORY,
) -> dict[str, Any]:
    """Give the row of a case that arrived `at` a time, in a state, with its most urgent critical result."""
    order, study, who = case.order, case.study, identity or {}
    exam, accession = exam_of(case), case.order.accession_number or ""
    return {
        "case_id": case.case_id,
        "status": status,
        "ended": status not in WAITING,
        "priority": order.priority,
        "urgency": min(URGENCY[order.priority], category - 1),
        "category": category,
        "accession": accession,
        "modality": modality_of(case),
        "views": views_of(case),
        "exam": exam,
        "study_at": (study.study_date or "") + (study.study_time or ""),
        "words": folded(f"{accession} {exam} {case.case_id}"),
        "patient_words": folded(f"{who.get('name') or ''} {who.get('patient_id') or ''}"),
        "created_at": at,
    }


def restate(connection: sa.Connection, case_id: str, status: CaseStatus) -> None:
    """List a case in its new state; an unknown case is no error."""
    values = {"status": status, "ended": status not in WAITING}
    connection.execute(sa.update(t.listing).where(t.listing.c.case_id == case_id).values(values))


def flag(connection: sa.Connection, case_id: str, category: int) -> None:
    """List a case as critical: the most urgent result counts, and lifts the urgency of the order."""
    listing = t.listing.c
    more_urgent = sa.update(t.listing).where(listing.case_id == case_id, listing.category > category)
    urgency = sa.case((listing.urgency > category - 1, category - 1), else_=listing.urgency)
    connection.execute(more_urgent.values(category=category, urgency=urgency))


def exam_of(case: Case, unknown: str = UNKNOWN) -> str:
    """Name what was asked for and what was taken: `Chest 2 views · DX PA, LATERAL`; `unknown` stands for a view."""
    return _joined(" · ", (case.order.requested_procedure or "", f"{modality_of(case)} {views_of(case, unknown)}"))


def modality_of(case: Case) -> str:
    """Give the modalities of a case's series, each once, with `/` between."""
    return _joined("/", (series.modality for series in case.study.series))


def views_of(case: Case, unknown: str = UNKNOWN) -> str:
    """Give the views of a case's images, each once, with commas between."""
    return _joined(", ", (image.view or unknown for image in case.study.images))


def folded(text: str) -> str:
    """Give text as it is searched: one case, one form of each letter, the parts of a DICOM name as words."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("^", " ").replace("=", " ").split())


def _joined(between: str, words: Iterable[str]) -> str:
    return between.join(dict.fromkeys(word for word in words if word))
