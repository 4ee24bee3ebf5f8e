"""The tables of the first releases, and what those of a release without revisions lack of them.

Revision ID: 0001
Revises:
"""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)
PATIENT_INDEX = "ix_cases_patient_key_study_date"


def upgrade() -> None:
    """Make each table that is not there; to one of a release without revisions, add the columns that it lacks."""
    known = sa.inspect(op.get_bind())
    there = set(known.get_table_names())
    for name, columns in _columns().items():
        if name not in there:
            op.create_table(name, *columns)
            continue
        has = {column["name"] for column in known.get_columns(name)}
        for column in columns:
            if column.name not in has:
                op.add_column(name, sa.Column(column.name, column.type, nullable=True))
    _name_patients()
    if PATIENT_INDEX not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes("cases")}:
        op.create_index(PATIENT_INDEX, "cases", ["patient_key", "study_date"])


def _name_patients() -> None:
    """Give rows of before the patient's key and the day of the study, which their cases hold."""
    connection, cases = (
        op.get_bind(),
        sa.table("cases", *(sa.column(n) for n in ("case_id", "case_json", "patient_key", "study_date"))),
    )
    waiting = connection.execute(sa.select(cases.c.case_id, cases.c.case_json).where(cases.c.patient_key.is_(None)))
    for case_id, text in waiting.all():
        study = json.loads(text)["study"]
        values = {"patient_key": study.get("patient_key") or "", "study_date": study.get("study_date") or ""}
        connection.execute(sa.update(cases).where(cases.c.case_id == case_id).values(values))


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    return {
        "cases": (
            sa.Column("case_id", sa.String, primary_key=True),
            sa.Column("status", sa.String, nullable=False, index=True),
            sa.Column("profile", sa.String, nullable=False),
            sa.Column("graph_version", sa.Integer, nullable=False),
            sa.Column("priority", sa.String, nullable=False),
            sa.Column("study_uid", sa.String, nullable=False, index=True),
            sa.Column("patient_key", sa.String, nullable=True),
            sa.Column("study_date", sa.String, nullable=True),
            sa.Column("content", sa.String, nullable=True),
            sa.Column("sources_json", sa.Text, nullable=True),
            sa.Column("replaced_by", sa.String, nullable=True),
            sa.Column("draft_digest", sa.String, nullable=True),
            sa.Column("error", sa.String, nullable=True),
            sa.Column("case_json", sa.Text, nullable=False),
            sa.Column("headers_json", sa.Text, nullable=False),
            sa.Column("identity_json", sa.Text, nullable=True),
            sa.Column("file_json", sa.Text, nullable=True),
            sa.Column("created_at", MOMENT, nullable=False),
            sa.Column("updated_at", MOMENT, nullable=False),
        ),
        "reviews": (
            sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
            sa.Column("draft_digest", sa.String, primary_key=True),
            sa.Column("decision", sa.String, nullable=False),
            sa.Column("review_json", sa.Text, nullable=False),
            sa.Column("at", MOMENT, nullable=False),
        ),
        "signatures": (
            sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
            sa.Column("decision", sa.String, nullable=False),
            sa.Column("reviewer", sa.String, nullable=False),
            sa.Column("draft_digest", sa.String, nullable=False),
            sa.Column("at", MOMENT, nullable=False),
        ),
        "alerts": (
            sa.Column("id", sa.String, primary_key=True),
            sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
            sa.Column("alert_json", sa.Text, nullable=False),
            sa.Column("raised_at", MOMENT, nullable=False),
        ),
        "journal": (
            sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
            sa.Column("case_id", sa.String, nullable=False, index=True),
            sa.Column("at", MOMENT, nullable=False),
            sa.Column("event", sa.String, nullable=False),
            sa.Column("detail", sa.Text, nullable=False),
        ),
    }
