"""The index of similar cases.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "case_vectors",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("weights_digest", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("signed_at", MOMENT, nullable=False),
    )
    op.create_index("ix_case_vectors_weights_digest_signed_at", "case_vectors", ["weights_digest", "signed_at"])
