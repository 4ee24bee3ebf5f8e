"""The index of similar cases: one vector a signed case, by the digest of the weights that made it."""

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from overread.errors import StoreError
from overread.store import _schema as t
from overread.store.database import Database

Vectors = NDArray[np.float32]
STORED = np.dtype("<f4")


@dataclass(frozen=True)
class IndexedCase:
    """A row of the index, without its vector."""

    case_id: str
    study_uid: str
    patient_key: str
    """Empty where the patient is not known."""


class CaseVectors:
    """The vectors in the database; those of other weights are never given together."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, case_id: str, weights_digest: str, vector: Vectors) -> None:
        """Keep the vector (d,) of a signed case; a case that has one of these weights, or is not signed, stays."""
        signed = t.signatures.c
        query = sa.select(signed.at).where(signed.case_id == case_id, signed.decision == "sign")
        with self._database.begin() as connection:
            at = connection.execute(query).scalar_one_or_none()
            if at is None:
                return
            row = {"case_id": case_id, "weights_digest": weights_digest, "signed_at": at}
            row |= {"vector": np.asarray(vector, STORED).tobytes()}
            connection.execute(self._database.insert(t.case_vectors).values(row).on_conflict_do_nothing())

    def of(self, case_id: str, weights_digest: str) -> Vectors | None:
        """Give the vector (d,) of a case by these weights, None where there is none."""
        v = t.case_vectors.c
        query = sa.select(v.vector).where(v.case_id == case_id, v.weights_digest == weights_digest)
        with self._database.connect() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else np.frombuffer(found, STORED).astype(np.float32)

    def newest(self, weights_digest: str, most: int) -> tuple[list[IndexedCase], Vectors]:
        """Give up to `most` cases by these weights, those signed last first, and their vectors (n, d).

        Raises `StoreError` where vectors of one digest differ in length.
        """
        v, c = t.case_vectors.c, t.cases.c
        query = (
            sa.select(c.case_id, c.study_uid, c.patient_key, v.vector)
            .select_from(t.case_vectors)
            .join(t.cases, c.case_id == v.case_id)
            .where(v.weights_digest == weights_digest, c.status == "signed")
            .order_by(v.signed_at.desc(), c.case_id)
            .limit(most)
        )
        with self._database.connect() as connection:
            rows = connection.execute(query).all()
        if len({len(row.vector) for row in rows}) > 1:
            raise StoreError("the index of similar cases holds vectors of two lengths under one digest of weights")
        joined = b"".join(row.vector for row in rows)
        found = [IndexedCase(row.case_id, row.study_uid, row.patient_key or "") for row in rows]
        return found, np.frombuffer(joined, STORED).astype(np.float32).reshape(len(rows), -1 if rows else 0)

    def count(self, weights_digest: str) -> int:
        """Count the cases that have a vector by these weights."""
        query = sa.select(sa.func.count()).where(t.case_vectors.c.weights_digest == weights_digest)
        with self._database.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def missing(self, weights_digest: str) -> list[str]:
        """Name the signed cases that have no vector by these weights, those signed last first."""
        v, c, s = t.case_vectors.c, t.cases.c, t.signatures.c
        query = (
            sa.select(c.case_id)
            .select_from(t.cases)
            .join(t.signatures, (s.case_id == c.case_id) & (s.decision == "sign"))
            .outerjoin(t.case_vectors, (v.case_id == c.case_id) & (v.weights_digest == weights_digest))
            .where(c.status == "signed", v.case_id.is_(None))
            .order_by(s.at.desc(), c.case_id)
        )
        return [row["case_id"] for row in self._database.rows(query)]
