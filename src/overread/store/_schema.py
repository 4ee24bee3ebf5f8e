"""The tables of the case store: the truth about a case; the graph's checkpoints only execute it."""

import sqlalchemy as sa

metadata = sa.MetaData()

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", sa.String, primary_key=True),
    sa.Column("status", sa.String, nullable=False, index=True),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("graph_version", sa.Integer, nullable=False),
    sa.Column("priority", sa.String, nullable=False),
    sa.Column("study_uid", sa.String, nullable=False, index=True),
    # Keyed hash of the patient's ID and the day of the study (YYYYMMDD), to find earlier studies by; empty where there
    # is none, NULL in a row of an older version until it is opened.
    sa.Column("patient_key", sa.String, nullable=True),
    sa.Column("study_date", sa.String, nullable=True),
    # Digests of what was read and of the files sent: by either, an input is known again.
    sa.Column("content", sa.String, nullable=True),
    sa.Column("sources_json", sa.Text, nullable=True),
    sa.Column("replaced_by", sa.String, nullable=True),
    sa.Column("draft_digest", sa.String, nullable=True),
    sa.Column("error", sa.String, nullable=True),
    sa.Column("case_json", sa.Text, nullable=False),
    sa.Column("headers_json", sa.Text, nullable=False),
    sa.Column("identity_json", sa.Text, nullable=True),
    sa.Column("file_json", sa.Text, nullable=True),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("ix_cases_patient_key_study_date", "patient_key", "study_date"),
)

# One decision per draft, and one signature or rejection per case, whatever the graph believes.
reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("draft_digest", sa.String, primary_key=True),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("review_json", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("reviewer", sa.String, nullable=False),
    sa.Column("draft_digest", sa.String, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("alert_json", sa.Text, nullable=False),
    sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.String, nullable=False, index=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)
