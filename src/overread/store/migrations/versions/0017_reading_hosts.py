"""The host that read a case of the queue.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; of cases that were read before nobody knows."""
    op.add_column("reading_queue", sa.Column("host", sa.String, nullable=True))
