"""Messages of HL7 v2, and the orders that they told of.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "hl7_messages",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=True, unique=True),
        sa.Column("sender", sa.String, nullable=False),
        sa.Column("control_id", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("digest", sa.String, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String, nullable=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_index("ix_hl7_messages_state", "hl7_messages", ["state"])
    op.create_table(
        "hl7_orders",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("accession", sa.String, nullable=False),
        sa.Column("patient_id", sa.String, nullable=False),
        sa.Column("order_json", sa.Text, nullable=False),
        sa.Column("identity_json", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("message_id", sa.String, sa.ForeignKey("hl7_messages.id"), nullable=False),
    )
    op.create_index("ix_hl7_orders_accession", "hl7_orders", ["accession"])
    op.create_index("ix_hl7_orders_patient_id", "hl7_orders", ["patient_id"])
