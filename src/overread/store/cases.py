"""The case store: one row a case, its alerts, an append-only journal."""

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa

from overread.errors import CaseUnknown
from overread.records import Alert, Case, CaseFile, CaseStatus, content_digest
from overread.store import _schema as t
from overread.store import listing
from overread.store.acknowledgements import ALERTS, alert_of
from overread.store.audit import Audit
from overread.store.database import Database
from overread.store.decisions import Decisions
from overread.store.first_reads import first_reads_of
from overread.store.report_versions import versions_of

LATE_ORDER = "late order"
"""Event of a case that was opened for an order that came after its study."""
HEADERS = 64
"""Cases whose header values are held: those under way."""
Headers = Mapping[str, Mapping[str, str]]
"""SOP Instance UID to allow-listed header values."""


@dataclass(frozen=True)
class CaseRow:
    """What the store knows of a case without opening its file."""

    case_id: str
    status: CaseStatus
    profile: str
    graph_version: int
    priority: str
    study_uid: str
    draft_digest: str | None
    error: str | None
    created_at: datetime
    updated_at: datetime
    content: str | None = None
    """Digest of what was read of the input; None for a case of 0.1.0."""
    replaced_by: str | None = None
    """The case that took this one's place; None while it is the newest of its study."""


class CaseStore:
    """Cases, alerts and the journal in one database; reviews and signatures are `decisions`."""

    def __init__(self, database: Database, clock: Callable[[], datetime] | None = None) -> None:
        self._database = database
        self._alerting = threading.Lock()
        self._clock = clock or (lambda: datetime.now(UTC))
        self.audit = Audit(database, self._clock)
        self.decisions = Decisions(database, self.audit)
        # Each tool of a case asks for them, and what was kept at the admission is never changed.
        self._headers = lru_cache(maxsize=HEADERS)(self._read_headers)

    @contextmanager
    def hold(self, case_id: str, wait_seconds: float = 0.0) -> Iterator[None]:
        """Hold a case alone across processes; the operating system lets go when the holder dies."""
        with self._database.hold(case_id, wait_seconds, f"case {case_id} is being worked on by someone else"):
            yield

    @contextmanager
    def hold_study(self, study_uid: str, wait_seconds: float = 60.0) -> Iterator[None]:
        """Hold what is on file of a study while it is decided what an input is to it."""
        name = f"study-{content_digest(study_uid)}"
        with self._database.hold(name, wait_seconds, "the study is being taken in elsewhere"):
            yield

    def admit(
        self,
        case: Case,
        graph_version: int,
        headers: Headers,
        identity: Mapping[str, Any] | None,
        *,
        content: str | None = None,
        sources: Collection[str] = (),
        accessions: Collection[str] = (),
        late: Mapping[str, object] | None = None,
        replaces: str | None = None,
    ) -> bool:
        """Register a case; False when its id was there already. `accessions` are the numbers that its images name.

        `late` is what became of an order that came after the study, for the audit; None for what no such order opened.

        A case that it `replaces`, which nobody has signed or rejected, leaves the worklist in the same step; its file
        stays.
        """
        now = self._clock()
        row = {
            "case_id": case.case_id,
            "status": "received",
            "profile": case.profile,
            "graph_version": graph_version,
            "priority": case.order.priority,
            "study_uid": case.study.uid,
            "patient_key": case.study.patient_key or "",
            "study_date": case.study.study_date or "",
            "content": content,
            "sources_json": json.dumps(sorted(sources)),
            "case_json": case.model_dump_json(),
            "headers_json": json.dumps({uid: dict(values) for uid, values in headers.items()}),
            "identity_json": json.dumps(dict(identity)) if identity else None,
            "created_at": now,
            "updated_at": now,
        }
        with self._database.begin() as connection:
            written = self._database.insert(t.cases).values(row).on_conflict_do_nothing()
            new = connection.execute(written.returning(t.cases.c.case_id)).first() is not None
            if new:
                listing.enter(connection, case, identity, now)
                for number in sorted(accessions):
                    named = sa.insert(t.image_accessions).values(case_id=case.case_id, accession=number)
                    connection.execute(named)
                if late is not None:
                    self._journal(connection, case.case_id, LATE_ORDER, now)
                    self.audit.append(connection, "overread", "received", case.case_id, source="late order", **late)
            if replaces is not None:
                values = {"status": "replaced", "replaced_by": case.case_id, "updated_at": now}
                connection.execute(sa.update(t.cases).where(t.cases.c.case_id == replaces).values(values))
                listing.restate(connection, replaces, "replaced")
        return new

    def sources(self, case_id: str) -> frozenset[str]:
        """Give the digests of the files that a case was read from; raises `CaseUnknown`."""
        return frozenset(json.loads(self._one(case_id, t.cases.c.sources_json)["sources_json"] or "[]"))

    def accessions(self, case_id: str) -> frozenset[str]:
        """Give the accession numbers that the images of a case name; none for a case of a version before these."""
        numbers = t.image_accessions.c
        with self._database.connect() as connection:
            found = connection.execute(sa.select(numbers.accession).where(numbers.case_id == case_id)).scalars()
            return frozenset(found)

    def row(self, case_id: str) -> CaseRow:
        """Give what is known of a case; raises `CaseUnknown`."""
        found = self._one(case_id, *[t.cases.c[name] for name in CaseRow.__dataclass_fields__])
        return CaseRow(**found)

    def rows(self, statuses: Sequence[CaseStatus] | None = None, *, study_uid: str | None = None) -> list[CaseRow]:
        """List cases, oldest first; those of every status and of every study unless these are given."""
        query = sa.select(*[t.cases.c[name] for name in CaseRow.__dataclass_fields__])
        if statuses is not None:
            query = query.where(t.cases.c.status.in_(statuses))
        if study_uid is not None:
            query = query.where(t.cases.c.study_uid == study_uid)
        with self._database.connect() as connection:
            return [CaseRow(**row) for row in connection.execute(query.order_by(t.cases.c.created_at)).mappings()]

    def of_patient(self, patient_key: str, statuses: Sequence[CaseStatus], *, until: str, most: int) -> list[CaseRow]:
        """List up to `most` cases of a patient until a day (YYYYMMDD): the newest study, and read, first."""
        cases = t.cases.c
        query = (
            sa.select(*[cases[name] for name in CaseRow.__dataclass_fields__])
            .where(cases.patient_key == patient_key, cases.study_date > "", cases.study_date <= until)
            .where(cases.status.in_(statuses))
            .order_by(cases.study_date.desc(), cases.created_at.desc())
            .limit(most)
        )
        with self._database.connect() as connection:
            return [CaseRow(**row) for row in connection.execute(query).mappings()]

    def case(self, case_id: str) -> Case:
        """Give a case as it was admitted; raises `CaseUnknown`."""
        return Case.model_validate_json(self._one(case_id, t.cases.c.case_json)["case_json"])

    def headers(self, case_id: str) -> Headers:
        """Give the header values that were kept when the case was admitted; raises `CaseUnknown`."""
        return self._headers(case_id)

    def _read_headers(self, case_id: str) -> Headers:
        loaded: Headers = json.loads(self._one(case_id, t.cases.c.headers_json)["headers_json"])
        return loaded

    def identity(self, case_id: str) -> dict[str, Any] | None:
        """Give the patient's identity for the safety header; it lives nowhere but in this row."""
        text = self._one(case_id, t.cases.c.identity_json)["identity_json"]
        return None if text is None else dict(json.loads(text))

    def file(self, case_id: str) -> CaseFile | None:
        """Give a case's newest file, None before there is one; raises `CaseUnknown`."""
        row = self._one(case_id, t.cases.c.file_json, t.cases.c.replaced_by)
        if row["file_json"] is None:
            return None
        file = self.whole(CaseFile.model_validate_json(row["file_json"]))
        return file if row["replaced_by"] is None else file.model_copy(update={"status": "replaced"})

    def save(self, file: CaseFile) -> None:
        """Write a case's newest file and state in one step."""
        with self._database.begin() as connection:
            self.save_in(connection, file)

    def save_in(self, connection: sa.Connection, file: CaseFile) -> None:
        """Do so in the step that `connection` is in."""
        values = {
            "status": file.status,
            "draft_digest": file.draft_digest,
            "error": file.error,
            "file_json": file.model_dump_json(
                exclude={"versions", "addenda", "first_reads"}
            ),  # these are rows of their own
            "updated_at": self._clock(),
        }
        done = connection.execute(sa.update(t.cases).where(t.cases.c.case_id == file.case_id).values(values))
        if done.rowcount != 1:
            raise _unknown(file.case_id)
        listing.restate(connection, file.case_id, file.status)

    def mark(self, case_id: str, status: CaseStatus, error: str | None = None) -> None:
        """Set a case's state and error, None when it has none; its file stays as it is. An unknown case is no error."""
        values = {"status": status, "error": error, "updated_at": self._clock()}
        with self._database.begin() as connection:
            connection.execute(sa.update(t.cases).where(t.cases.c.case_id == case_id).values(values))
            listing.restate(connection, case_id, status)

    def whole(self, file: CaseFile) -> CaseFile:
        """Give a file with what has rows of its own: every signed state of the report, and first impressions."""
        seen = first_reads_of(self._database, file.case_id)
        return file.with_versions(versions_of(self._database, file.case_id)).model_copy(update={"first_reads": seen})

    def raise_alert(self, case_id: str, alert: Alert) -> bool:
        """Write an alert once; False when it, or one of its label without a side or with this one's, was raised.

        A side that comes later is added to the alert that stands, under its id and time: one notice, made precise.
        Tools end side by side, so looking and writing are one step; a case is held by one process at a time.
        """
        with self._alerting:
            known = [earlier for earlier in self.alerts(case_id) if earlier.label == alert.label]
            unsided = next((earlier for earlier in known if earlier.laterality is None), None)
            if unsided is not None and alert.laterality is not None:
                self._write_alert(case_id, _made_precise(unsided, alert))
                return False
            if known and alert.laterality in (None, *(earlier.laterality for earlier in known)):
                return False
            self._write_alert(case_id, alert)
            return True

    def _write_alert(self, case_id: str, alert: Alert) -> None:
        text = alert.model_dump_json(exclude={"acknowledged"})  # that is a row of its own
        row = {"id": alert.id, "case_id": case_id, "alert_json": text, "raised_at": alert.raised_at}
        written = self._database.insert(t.alerts).values(row)
        with self._database.begin() as connection:
            connection.execute(written.on_conflict_do_update(index_elements=["id"], set_={"alert_json": text}))
            listing.flag(connection, case_id, alert.category)

    def alerts(self, case_id: str) -> tuple[Alert, ...]:
        """Give a case's alerts with what became of each, the first raised first; none for an unknown case."""
        query = ALERTS.where(t.alerts.c.case_id == case_id).order_by(t.alerts.c.raised_at, t.alerts.c.id)
        with self._database.connect() as connection:
            return tuple(alert_of(row) for row in connection.execute(query))

    def write(self, case_id: str, event: str, **detail: Any) -> None:
        """Append to the journal; `detail` holds ids, names and figures, never a patient's data."""
        with self._database.begin() as connection:
            self._journal(connection, case_id, event, self._clock(), **detail)

    def _journal(self, connection: sa.Connection, case_id: str, event: str, at: datetime, **detail: Any) -> None:
        row = {"case_id": case_id, "at": at, "event": event, "detail": json.dumps(detail, default=str)}
        connection.execute(_JOURNAL, row)

    def journal(self, case_id: str) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Give the journal of a case in the order written: time (UTC), event, detail."""
        query = sa.select(t.journal).where(t.journal.c.case_id == case_id).order_by(t.journal.c.seq)
        with self._database.connect() as connection:
            return [(row.at, row.event, json.loads(row.detail)) for row in connection.execute(query)]

    def _one(self, case_id: str, *columns: sa.Column[Any]) -> dict[str, Any]:
        with self._database.connect() as connection:
            found = connection.execute(_of_case(*columns), {"of_case": case_id}).mappings().one_or_none()
        if found is None:
            raise _unknown(case_id)
        return dict(found)


# Written many times a case; to make a statement anew takes as long as to carry it out.
_JOURNAL = sa.insert(t.journal)


@cache
def _of_case(*columns: sa.Column[Any]) -> sa.Select[Any]:
    return sa.select(*columns).where(t.cases.c.case_id == sa.bindparam("of_case"))


def _unknown(case_id: str) -> CaseUnknown:
    return CaseUnknown(f"no case {case_id} here; 'overread review list' shows those there are")


def _made_precise(standing: Alert, sided: Alert) -> Alert:
    """Give the standing alert the side, the words and the evidence of one that came later."""
    evidence = tuple(dict.fromkeys((*standing.evidence_ids, *sided.evidence_ids)))
    return standing.model_copy(
        update={"laterality": sided.laterality, "message": sided.message, "evidence_ids": evidence}
    )
