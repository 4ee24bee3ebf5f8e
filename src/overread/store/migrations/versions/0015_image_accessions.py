"""Accession numbers that the images of a case name, by which an order that comes later finds it.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the table; cases of earlier versions have no rows in it, for their numbers were not kept."""
    op.create_table(
        "image_accessions",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("accession", sa.String, primary_key=True),
    )
    op.create_index("ix_image_accessions_accession", "image_accessions", ["accession"])
