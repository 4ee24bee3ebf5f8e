"""Reports that were signed in other systems: each version once, joined to a case where one is on file.

Their text is a patient's data and stays in the store.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from overread.records import DraftComparison, ElsewhereStatus, WhyApart
from overread.store import _schema as t
from overread.store.audit import Audit
from overread.store.database import Database

Noted = Literal["new", "amended", "repeated", "older"]
ACTOR = "overread"


@dataclass(frozen=True)
class SignedElsewhere:
    """One state of a report as another system has it."""

    source: str
    """Name of the system: of `peers`, or what MSH-3 and MSH-4 say."""
    key: str
    """Names the report there, the same in all its versions."""
    status: ElsewhereStatus
    text: str = field(repr=False)
    accession_number: str = field(default="", repr=False)
    study_uid: str = field(default="", repr=False)
    identity: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Fields of a patient's identity."""
    at: str = ""
    """Its own time, YYYYMMDDHHMMSS; "" where it states none. Of one system all are of one zone."""

    @property
    def digest(self) -> str:
        """Digest what a version is of; not its time, which some systems put anew."""
        parts = (self.status, self.text, self.accession_number, self.study_uid, json.dumps(dict(self.identity)))
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class ReportRow:
    """A version as the store has it."""

    id: str
    report: SignedElsewhere
    version: int
    noticed_at: datetime
    case_id: str | None
    why_apart: WhyApart | None
    comparison: DraftComparison | None


@dataclass(frozen=True)
class Candidate:
    """A case that a report may be of."""

    case_id: str
    study_uid: str
    status: str


class ReportsElsewhere:
    """The reports in the database."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def note(self, report: SignedElsewhere, at: datetime) -> Noted:
        """Write a report down unless it is on file as it is, or newer."""
        with self._database.begin() as connection:
            return self.note_in(connection, report, at)

    def note_in(self, connection: sa.Connection, report: SignedElsewhere, at: datetime) -> Noted:
        """Do so in the step that `connection` is in."""
        r = t.reports_elsewhere.c
        query = sa.select(r.version, r.digest, r.at).where(r.source == report.source, r.key == report.key)
        newest = connection.execute(query.order_by(r.version.desc()).limit(1)).first()
        if newest is not None and newest.digest == report.digest:
            return "repeated"
        if newest is not None and report.at and newest.at > report.at:
            return "older"
        version = 1 if newest is None else newest.version + 1
        named = hashlib.sha256(f"{report.source}\n{report.key}\n{version}".encode()).hexdigest()
        names = ("source", "key", "status", "text", "accession_number", "study_uid", "at", "digest")
        row = {name: getattr(report, name) for name in names}
        row |= {"id": f"r-{named[:12]}", "version": version, "newest": True, "noticed_at": at}
        row |= {"identity_json": json.dumps(dict(report.identity))}
        written = self._database.insert(t.reports_elsewhere).values(row).on_conflict_do_nothing().returning(r.id)
        if connection.execute(written).first() is None:
            return self.note_in(connection, report, at)  # another process was first: what it wrote is seen now
        before = (r.source == report.source) & (r.key == report.key) & (r.version < version)
        connection.execute(sa.update(t.reports_elsewhere).where(before).values(newest=False))
        told = {"source": report.source, "version": version, "status": report.status}
        self._audit.append(connection, ACTOR, "report noticed", row["id"], **told)
        return "new" if newest is None else "amended"

    def rows(self, *, newest: bool = True, unmatched: bool = False) -> list[ReportRow]:
        """List reports, those noticed last first; `newest`: only the newest version of each."""
        r = t.reports_elsewhere.c
        query = sa.select(t.reports_elsewhere).order_by(r.noticed_at.desc(), r.source, r.key, r.version.desc())
        if newest:
            query = query.where(r.newest)
        if unmatched:
            query = query.where(r.case_id.is_(None))
        return [_row(row) for row in self._database.rows(query)]

    def versions(self, report_id: str) -> list[ReportRow]:
        """Give all versions of the report that an id is a version of, the newest first; none for an unknown id."""
        r = t.reports_elsewhere.c
        named = self._database.rows(sa.select(r.source, r.key).where(r.id == report_id))
        if not named:
            return []
        is_it = (r.source == named[0]["source"]) & (r.key == named[0]["key"])
        query = sa.select(t.reports_elsewhere).where(is_it).order_by(r.version.desc())
        return [_row(row) for row in self._database.rows(query)]

    def open(self) -> list[ReportRow]:
        """Give the newest versions that have no case, or one whose draft was replaced since."""
        r, c = t.reports_elsewhere, t.cases
        query = (
            sa.select(r)
            .outerjoin(c, c.c.case_id == r.c.case_id)
            .where(r.c.newest, r.c.case_id.is_(None) | (c.c.status == "replaced"))
        )
        return [_row(row) for row in self._database.rows(query.order_by(r.c.noticed_at, r.c.id))]

    def candidates(self, report: SignedElsewhere) -> list[Candidate]:
        """Give the cases of its study, where it names one, else those of its accession number; the newest first."""
        c, li = t.cases.c, t.listing.c
        query = sa.select(c.case_id, c.study_uid, c.status).where(c.status != "replaced")
        if report.study_uid:
            query = query.where(c.study_uid == report.study_uid)
        elif report.accession_number:
            query = query.join(t.listing, li.case_id == c.case_id).where(li.accession == report.accession_number)
        else:
            return []
        return [Candidate(**row) for row in self._database.rows(query.order_by(c.created_at.desc()))]

    def join(self, row: ReportRow, case_id: str | None, why: WhyApart | None, made: DraftComparison | None) -> None:
        """Write down which case a report is of and how it compares, or why there is none."""
        r = t.reports_elsewhere.c
        values = {"case_id": case_id, "why_apart": why, "comparison_json": made.model_dump_json() if made else None}
        if (row.case_id, row.why_apart, row.comparison) == (case_id, why, made):
            return
        with self._database.begin() as connection:
            connection.execute(sa.update(t.reports_elsewhere).where(r.id == row.id).values(values))
            if case_id is not None:
                found = len(made.discrepancies) if made else 0
                self._audit.append(connection, ACTOR, "report joined", case_id, report=row.id, discrepancies=found)


def _row(row: sa.RowMapping) -> ReportRow:
    names = ("source", "key", "status", "text", "accession_number", "study_uid", "at")
    report = SignedElsewhere(**{name: row[name] for name in names}, identity=json.loads(row["identity_json"]))
    made = row["comparison_json"]
    return ReportRow(
        id=row["id"],
        report=report,
        version=row["version"],
        noticed_at=row["noticed_at"],
        case_id=row["case_id"],
        why_apart=row["why_apart"],
        comparison=DraftComparison.model_validate_json(made) if made else None,
    )
