"""Versions of a report, in rows that can be added only; the table that was meant for them was never written.

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
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(sa.text(statement))


APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER report_versions_no_{what} BEFORE {what} ON report_versions "
        "BEGIN SELECT RAISE(ABORT, 'a signed report is never changed'); END"
        for what in ("update", "delete")
    ),
    "postgresql": (
        "CREATE FUNCTION report_versions_are_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a signed report is never changed'; END $$",
        "CREATE TRIGGER report_versions_no_change BEFORE UPDATE OR DELETE ON report_versions "
        "FOR EACH ROW EXECUTE FUNCTION report_versions_are_append_only()",
        "CREATE TRIGGER report_versions_no_truncate BEFORE TRUNCATE ON report_versions "
        "FOR EACH STATEMENT EXECUTE FUNCTION report_versions_are_append_only()",
    ),
}
