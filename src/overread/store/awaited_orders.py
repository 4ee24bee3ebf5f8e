"""Cases that were opened without an order, and what the one that comes later does to them."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from overread.records import CaseFile, CaseStatus
from overread.store import _schema as t
from overread.store.assignments import Assignments
from overread.store.cases import LATE_ORDER, CaseStore
from overread.store.database import Database

OPEN: tuple[CaseStatus, ...] = ("received", "running", "awaiting_review", "failed", "signed")
"""States in which an order still says something to somebody: a draft is read again for it, a signer is told."""
UNREAD: tuple[CaseStatus, ...] = ("received", "running", "failed")
ACTOR = "overread"


class AwaitedOrders:
    """What the database knows of such cases; the newest read of a study alone."""

    def __init__(self, database: Database, cases: CaseStore, assignments: Assignments) -> None:
        self._database = database
        self._cases = cases
        self._assignments = assignments

    def cases(self, since: datetime, *, placed: bool = False) -> list[str]:
        """Give the cases that were opened since a time, have no order of a number, and whose images name one.

        `placed`: only those for whose number an open order came as HL7 v2. The first opened come first.
        """
        li, a, o = t.listing.c, t.image_accessions.c, t.hl7_orders.c
        numbered = sa.exists().where(a.case_id == li.case_id)
        if placed:
            numbered = numbered.where(o.accession == a.accession, o.open)
        query = (
            sa.select(li.case_id)
            .where(li.status.in_(OPEN), li.created_at >= since, li.accession == "", numbered)
            .order_by(li.created_at, li.case_id)
        )
        return [row["case_id"] for row in self._database.rows(query)]

    def unread(self, attempts: int) -> list[str]:
        """Give the cases that an order opened anew and that nobody has read yet, but those that failed so often."""
        li, j = t.listing.c, t.journal.c
        ours = sa.exists().where(j.case_id == li.case_id, j.event == LATE_ORDER)
        failed = sa.select(sa.func.count()).where(j.case_id == li.case_id, j.event == "failed").scalar_subquery()
        query = sa.select(li.case_id).where(li.status.in_(UNREAD), ours, failed < attempts)
        return [row["case_id"] for row in self._database.rows(query.order_by(li.created_at, li.case_id))]

    def tell_signer(self, file: CaseFile, signer: str, detail: Mapping[str, object]) -> None:
        """Write down a signed case's file with its further notice, the signer's and the audit: all of it, or none."""
        with self._database.begin() as connection:
            self._cases.save_in(connection, file)
            self._assignments.tell_in(connection, file.case_id, signer, "late_order", ACTOR)
            self._cases.audit.append(connection, ACTOR, "received", file.case_id, source="late order", **detail)
