"""What people decided of drafts: every review, and one signature or rejection a case."""

from typing import Any

import sqlalchemy as sa

from overread.errors import StaleReview
from overread.records import ReportVersion, Review, SignedRead
from overread.store import _schema as t
from overread.store.acknowledgements import write_reasons
from overread.store.audit import Audit
from overread.store.database import Database
from overread.store.report_versions import write_version


class Decisions:
    """Reviews and signatures, each written with its line in the audit."""

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def decide(self, case_id: str, review: Review, version: ReportVersion | None = None) -> None:
        """Write a review down, the report that it signs, and both in the audit.

        Raises `StaleReview` when this draft, or the case, was decided.
        """
        shared = {"case_id": case_id, "draft_digest": review.draft_digest, "decision": review.decision, "at": review.at}
        try:
            with self._database.begin() as connection:
                connection.execute(sa.insert(t.reviews).values(**shared, review_json=review.model_dump_json()))
                if review.decision != "revise":
                    connection.execute(sa.insert(t.signatures).values(**shared, reviewer=review.reviewer))
                if version is not None:
                    write_version(connection, case_id, version)
                write_reasons(connection, self._database, case_id, review)
                self._audit.append(connection, review.reviewer, review.decision, case_id, **_detail(review, version))
        except sa.exc.IntegrityError:
            raise StaleReview(f"case {case_id} was decided already; open it again to see by whom") from None

    def set_aside(self, case_id: str, review: Review, composed: str) -> None:
        """Take back a signature that cannot be carried out; its review stays on file, and the audit says it of both.

        `composed` is the digest of the text that it would have become.
        """
        of = t.signatures.c
        with self._database.begin() as connection:
            taken = sa.delete(t.signatures).where(of.case_id == case_id, of.draft_digest == review.draft_digest)
            if not connection.execute(taken).rowcount:
                return  # a process did that was killed before the draft could wait again
            detail = {"draft": review.draft_digest, "text": review.text_digest, "composed": composed}
            self._audit.append(connection, "overread", "set_aside", case_id, **detail)

    def undone(self, graph_version: int) -> list[str]:
        """Name the cases whose draft was decided on, which nobody carried out."""
        of = t.cases.c
        query = (
            sa.select(of.case_id)
            .join(t.reviews, (t.reviews.c.case_id == of.case_id) & (t.reviews.c.draft_digest == of.draft_digest))
            .where(of.status.in_(("awaiting_review", "failed")), of.graph_version == graph_version)
            .where(of.replaced_by.is_(None))
        )
        return [row["case_id"] for row in self._database.rows(query.order_by(of.created_at))]

    def decision(self, case_id: str, draft_digest: str) -> Review | None:
        """Give the review that was written down for a draft, if any."""
        query = sa.select(t.reviews.c.review_json).where(
            t.reviews.c.case_id == case_id, t.reviews.c.draft_digest == draft_digest
        )
        with self._database.connect() as connection:
            text = connection.execute(query).scalar_one_or_none()
        return None if text is None else Review.model_validate_json(text)

    def signature(self, case_id: str) -> SignedRead | None:
        """Give who signed a case, when, and which draft; None for a case without a signature."""
        query = sa.select(t.signatures).where(t.signatures.c.case_id == case_id, t.signatures.c.decision == "sign")
        with self._database.connect() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return SignedRead(
            case_id=case_id, signed_by=row["reviewer"], signed_at=row["at"], draft_digest=row["draft_digest"]
        )


def _detail(review: Review, version: ReportVersion | None) -> dict[str, Any]:
    """Give what the audit keeps of a decision."""
    signed = {
        "text": review.text_digest,
        "version": version and version.version,
        "meaning": review.meaning,
        "confirmed": review.confirmed and review.confirmed.by,
        "over": review.over,
        "hurried": bool(review.hurried) or None,
        "not_told": [item.alert_id for item in review.not_told] or None,
    }
    return {"draft": review.draft_digest, **{name: value for name, value in signed.items() if value is not None}}
