"""What readers do with a case before and after they sign."""

import sqlalchemy as sa

from overread.store._schema._metadata import metadata
from overread.store._types import Moment

# What a reader decided so far, as made: neither a reload nor a crash loses it.
decision_drafts = sa.Table(
    "decision_drafts",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("author", sa.String, primary_key=True),
    sa.Column("draft_digest", sa.String, nullable=False),
    sa.Column("decisions_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# When somebody first had a case on the screen.
openings = sa.Table(
    "openings",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("reader", sa.String, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

# What a reader measured or drew on a picture.
marks = sa.Table(
    "marks",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("mark_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("removed_at", Moment, nullable=True),
)

# What readers asked the VQA model about a case.
questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("question_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# Every signed state of a report: preliminary, final, and what came after it. A trigger refuses changing or removing
# rows.
report_versions = sa.Table(
    "report_versions",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("status", sa.String, nullable=False),
    sa.Column("signed_by", sa.String, nullable=False),
    sa.Column("text_digest", sa.String, nullable=False),
    sa.Column("version_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# What a reader saw before the draft was shown to them; rows are never changed.
first_reads = sa.Table(
    "first_reads",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("author", sa.String, primary_key=True),
    sa.Column("first_read_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

# One acknowledgement an alert: who was told what, when and how.
acknowledgements = sa.Table(
    "acknowledgements",
    metadata,
    sa.Column("alert_id", sa.String, sa.ForeignKey("alerts.id"), primary_key=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False, index=True),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("acknowledgement_json", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)
