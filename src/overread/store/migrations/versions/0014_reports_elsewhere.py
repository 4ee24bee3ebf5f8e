"""Reports that were signed in other systems.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reports_elsewhere",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("newest", sa.Boolean, nullable=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("accession_number", sa.String, nullable=False),
        sa.Column("study_uid", sa.String, nullable=False),
        sa.Column("identity_json", sa.Text, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("noticed_at", MOMENT, nullable=False),
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=True),
        sa.Column("why_apart", sa.String, nullable=True),
        sa.Column("comparison_json", sa.Text, nullable=True),
        sa.UniqueConstraint("source", "key", "version"),
    )
    op.create_index("ix_reports_elsewhere_case_id", "reports_elsewhere", ["case_id"])
