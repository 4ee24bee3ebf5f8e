"""The worklist by the database: one narrow row a case, filled for those on file; what others did with one's cases.

Revision ID: 0003
Revises: 0002
"""

import json
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)
WAITING = ("received", "running", "awaiting_review", "failed", "refused")
URGENCY = {"STAT": 0, "urgent": 1, "routine": 2}
AT_ONCE = 200


def upgrade() -> None:
    """Make both tables and list what is on file."""
    listing = op.create_table(
        "listing",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("priority", sa.String, nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("category", sa.Integer, nullable=False),
        sa.Column("accession", sa.String, nullable=False),
        sa.Column("modality", sa.String, nullable=False),
        sa.Column("views", sa.String, nullable=False),
        sa.Column("exam", sa.String, nullable=False),
        sa.Column("study_at", sa.String, nullable=False),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("patient_words", sa.String, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("ix_listing_rank", "listing", ["ended", "urgency", "category", "created_at", "case_id"])
    op.create_table(
        "handovers",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False),
        sa.Column("told", sa.String, nullable=False, index=True),
        sa.Column("what", sa.String, nullable=False),
        sa.Column("by", sa.String, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=True),
    )
    for rows in _rows_on_file():
        op.bulk_insert(listing, rows)


def _rows_on_file() -> Iterator[list[dict[str, Any]]]:
    connection = op.get_bind()
    names = ("case_id", "status", "priority", "case_json", "identity_json")
    cases = sa.table("cases", *(sa.column(name) for name in names), sa.column("created_at", MOMENT))
    alerts = sa.table("alerts", sa.column("case_id"), sa.column("alert_json"))
    categories: dict[str, int] = {}
    for case_id, text in connection.execute(sa.select(alerts.c.case_id, alerts.c.alert_json)):
        categories[case_id] = min(categories.get(case_id, 9), json.loads(text)["category"])
    known = connection.execute(sa.select(cases.c.case_id)).scalars().all()
    for start in range(0, len(known), AT_ONCE):
        batch = sa.select(cases).where(cases.c.case_id.in_(known[start : start + AT_ONCE]))
        found = connection.execute(batch).mappings().all()
        yield [_row(case, categories.get(case["case_id"], 9)) for case in found]


def _row(case: sa.RowMapping, category: int) -> dict[str, Any]:
    said, identity = json.loads(case["case_json"]), json.loads(case["identity_json"] or "{}")
    order, study = said.get("order") or {}, said["study"]
    modality = _joined("/", [series["modality"] for series in study["series"]])
    images = [image for series in study["series"] for image in series["images"]]
    views = _joined(", ", [image.get("view") or "view unknown" for image in images])
    exam = _joined(" · ", [order.get("requested_procedure") or "", f"{modality} {views}"])
    accession = order.get("accession_number") or ""
    return {
        "case_id": case["case_id"],
        "status": case["status"],
        "ended": case["status"] not in WAITING,
        "priority": case["priority"],
        "urgency": min(URGENCY[case["priority"]], category - 1),
        "category": category,
        "accession": accession,
        "modality": modality,
        "views": views,
        "exam": exam,
        "study_at": (study.get("study_date") or "") + (study.get("study_time") or ""),
        "words": _folded(f"{accession} {exam} {case['case_id']}"),
        "patient_words": _folded(f"{identity.get('name') or ''} {identity.get('patient_id') or ''}"),
        "created_at": case["created_at"],
    }


def _joined(between: str, words: Sequence[str]) -> str:
    return between.join(dict.fromkeys(word for word in words if word))


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("^", " ").replace("=", " ").split())
