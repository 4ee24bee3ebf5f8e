"""Who may sign in, and who has which case."""

import sqlalchemy as sa

from overread.store._schema._metadata import metadata
from overread.store._types import Moment

# Who may do what. A name is what somebody signs in with; it is never given to another person.
users = sa.Table(
    "users",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("display_name", sa.String, nullable=False),
    sa.Column("role", sa.String, nullable=False),
    # Argon2id; NULL for somebody whom a proxy or an identity provider vouches for.
    sa.Column("password_hash", sa.String, nullable=True),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
)

# Logins by the digest of their cookie: they survive a restart of the page, and end for all processes at once.
logins = sa.Table(
    "logins",
    metadata,
    sa.Column("digest", sa.String, primary_key=True),
    sa.Column("user", sa.String, nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment, nullable=True),
    sa.Column("ended_at", Moment, nullable=True),
    sa.Column("locked_at", Moment, nullable=True),
)

# Failed tries to sign in, by a digest of the name or of the address.
sign_in_failures = sa.Table(
    "sign_in_failures",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("failed_at", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("assignee", sa.String, nullable=False, index=True),
    sa.Column("assigned_by", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
    # After it anybody may take the case; NULL: it stays with the assignee.
    sa.Column("lease_until", Moment, nullable=True),
)

# What others did with a case that somebody had, until that person has seen it.
handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("case_id", sa.String, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("told", sa.String, nullable=False, index=True),
    # `taken_over`, `reassigned`, `given`, `released` or `late_order`.
    sa.Column("what", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=True),
)
