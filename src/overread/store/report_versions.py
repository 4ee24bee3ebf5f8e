"""Versions of reports: rows that can be added only, each of them once, whoever else adds at the same moment."""

import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from overread.errors import StaleReview
from overread.records import ReportVersion
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

DELIVERED = "delivered"
"""Event of the journal; `version` in its detail is that of what follows the first final report."""
ACTIONS: Mapping[str, str] = {"preliminary": "preliminary", "appended": "addendum", "amended": "amendment"}
"""Status of a version to what the audit calls the deed; a final report is signed by the decision on its draft."""


class ReportVersions:
    """Every signed state of every report."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def of(self, case_id: str) -> tuple[ReportVersion, ...]:
        """Give the versions of a case, the first first; none for an unknown case."""
        return versions_of(self._database, case_id)

    def undelivered(self) -> list[str]:
        """Name the cases whose newest version adds to the report or amends it, and was not told to be delivered."""
        table, told = t.report_versions.c, t.journal.c
        newest = (
            sa.select(table.case_id, sa.func.max(table.version).label("newest"))
            .where(table.status.in_(("appended", "amended")))
            .group_by(table.case_id)
        )
        delivered: dict[str, set[int]] = {}
        waiting = {row["case_id"]: row["newest"] for row in self._database.rows(newest)}
        query = sa.select(told.case_id, told.detail).where(told.event == DELIVERED, told.case_id.in_(waiting))
        for row in self._database.rows(query):
            delivered.setdefault(row["case_id"], set()).add(json.loads(row["detail"]).get("version", 1))
        return sorted(case_id for case_id, number in waiting.items() if number not in delivered.get(case_id, ()))

    def add(self, case_id: str, version: ReportVersion) -> None:
        """Write a version down, and in the audit; raises `StaleReview` where there is one of its number already."""
        detail = {"version": version.version, "text": version.text_digest, "supersedes": version.supersedes}
        try:
            with self._database.begin() as connection:
                write_version(connection, case_id, version)
                self._audit.append(connection, version.signed_by, ACTIONS[version.status], case_id, **detail)
        except sa.exc.IntegrityError:
            raise StaleReview(taken(self.of(case_id), version.version)) from None


def versions_of(database: Database, case_id: str) -> tuple[ReportVersion, ...]:
    """Read the versions of a case."""
    table = t.report_versions.c
    query = sa.select(table.version_json).where(table.case_id == case_id).order_by(table.version)
    rows = database.rows(query)
    return tuple(ReportVersion.model_validate_json(row["version_json"]) for row in rows)


def newest_of(connection: sa.Connection, ids: Sequence[str]) -> dict[str, ReportVersion]:
    """Read the newest version of each of some cases, by case id; a case without any is left out."""
    table = t.report_versions.c
    query = sa.select(table.case_id, table.version_json).where(table.case_id.in_(ids)).order_by(table.version)
    return {case_id: ReportVersion.model_validate_json(text) for case_id, text in connection.execute(query)}


def write_version(connection: sa.Connection, case_id: str, version: ReportVersion) -> None:
    """Write a version in the step that `connection` is in; raises `IntegrityError` where its number is taken."""
    columns = {"version", "status", "signed_by", "text_digest", "at"}
    row = {"case_id": case_id, **version.model_dump(include=columns), "version_json": version.model_dump_json()}
    connection.execute(sa.insert(t.report_versions).values(row))


def taken(versions: Sequence[ReportVersion], number: int) -> str:
    """Say who signed the version that somebody else was about to sign."""
    first = next((item for item in versions if item.version == number), None)
    if first is None:
        return "the report changed since you saw it; open the case again"
    return f"{first.signed_by} signed version {number} of this report at {first.at:%H:%M UTC}; open the case again"
