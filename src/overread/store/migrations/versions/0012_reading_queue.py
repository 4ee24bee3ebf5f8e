"""Cases that are to be read.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the queue."""
    op.create_table(
        "reading_queue",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("batch", sa.String, nullable=False),
        sa.Column("profile", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("deaths", sa.Integer, nullable=False),
        sa.Column("holder", sa.String, nullable=True),
        sa.Column("lease", sa.String, nullable=True),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("work_json", sa.Text, nullable=True),
        sa.Column("outcome_json", sa.Text, nullable=True),
        sa.Column("told", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String, nullable=True),
        sa.Column("error", sa.String, nullable=True),
        sa.Column("case_id", sa.String, nullable=True),
        sa.Column("seconds", sa.Float, nullable=True),
        sa.Column("entered_at", MOMENT, nullable=False),
        sa.Column("begun_at", MOMENT, nullable=True),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("ix_reading_queue_next", "reading_queue", ["state", "due_at", "place"])
    op.create_index("ix_reading_queue_content", "reading_queue", ["content", "state"])
    op.create_index("ix_reading_queue_batch", "reading_queue", ["batch", "state", "told"])
