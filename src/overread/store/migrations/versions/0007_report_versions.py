"""Versions of a report and first impressions of readers, in rows that can be added only.

The table that was meant for the versions was never written.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table in the place of the empty one."""
    op.drop_table("addenda")
    op.create_table(
        "report_versions",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("status", sa.String, nullable=False),
        sa.Column("signed_by", sa.String, nullable=False),
        sa.Column("text_digest", sa.String, nullable=False),
        sa.Column("version_json", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "first_reads",
        sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
        sa.Column("author", sa.String, primary_key=True),
        sa.Column("first_read_json", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    for table, why in KEPT.items():
        for statement in append_only(table, why, op.get_bind().dialect.name):
            op.execute(sa.text(statement))


KEPT = {
    "report_versions": "a signed report is never changed",
    "first_reads": "a first impression is never changed",
}


def append_only(table: str, why: str, dialect: str) -> tuple[str, ...]:
    """Give what makes the database refuse changing or removing rows of a table."""
    if dialect == "sqlite":
        return tuple(
            f"CREATE TRIGGER {table}_no_{what} BEFORE {what} ON {table} BEGIN SELECT RAISE(ABORT, '{why}'); END"
            for what in ("update", "delete")
        )
    return (
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{why}'; END $$",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_append_only()",
    )
