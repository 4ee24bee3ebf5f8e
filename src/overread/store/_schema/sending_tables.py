"""What is told and sent to others, and what others reported."""

import sqlalchemy as sa

from overread.store._schema._metadata import metadata
from overread.store._types import Moment

# Notices of the escalation ladder: one a step, channel and recipient, whatever is tried again.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("alert_id", sa.String, sa.ForeignKey("alerts.id"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("recipient", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sent_at", Moment, nullable=True),
    sa.Column("error", sa.String, nullable=True),
)

# What is to be sent to named remote systems: one row a state of a report, kind and destination (`store.outbox`).
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    # 0: the draft; n: the signed version n.
    sa.Column("version", sa.Integer, nullable=False),
    # Digest of the draft, or of the signed text.
    sa.Column("content", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("destination", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    # Kind of the last error, and what is said of it or of the proof; nothing of a patient.
    sa.Column("trouble", sa.String, nullable=True),
    sa.Column("detail", sa.String, nullable=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
)

# Reports that were signed in other systems, one row a version (`store.reports_elsewhere`).
reports_elsewhere = sa.Table(
    "reports_elsewhere",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("newest", sa.Boolean, nullable=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    # A patient's data: the words, and by what they are joined.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("accession_number", sa.String, nullable=False),
    sa.Column("study_uid", sa.String, nullable=False),
    sa.Column("identity_json", sa.Text, nullable=False),
    # Its own time, YYYYMMDDHHMMSS, or empty.
    sa.Column("at", sa.String, nullable=False),
    sa.Column("noticed_at", Moment, nullable=False),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=True, index=True),
    sa.Column("why_apart", sa.String, nullable=True),
    sa.Column("comparison_json", sa.Text, nullable=True),
    sa.UniqueConstraint("source", "key", "version"),
)
