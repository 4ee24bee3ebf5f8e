"""The signed cases nearest to a picture or to words: exact search by cosine over the index in the store."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from overread.errors import AnswerInvalid
from overread.ports import SimilarCase
from overread.precision import settled
from overread.records import Study
from overread.store.case_vectors import CaseVectors, IndexedCase

MOST_SEARCHED = 100_000
"""Rows that are compared one by one; of a larger index those signed last. docs/retrieval.md says what to do then."""

Vector = NDArray[np.float32]


class CaseSearch:
    """A `ports.CaseIndex` over the table of vectors; it holds nothing, so that what was just signed is found."""

    def __init__(self, vectors: CaseVectors, most_searched: int = MOST_SEARCHED) -> None:
        self._vectors = vectors
        self._most_searched = most_searched

    def nearest(self, vector: Vector, weights_digest: str, *, beside: Study | None, most: int) -> Sequence[SimilarCase]:
        """Give up to `most` signed cases by cosine, the nearest first; of equal ones that signed last.

        A read of the study `beside` is never given. Raises `AnswerInvalid` for a vector of another length than the
        index has under its weights.
        """
        cases, vectors = self._vectors.newest(weights_digest, self._most_searched)
        if not cases:
            return ()
        if vector.shape != vectors.shape[1:]:
            raise AnswerInvalid(
                f"an embedding of {vector.size} figures is not comparable with those of {vectors.shape[1]} in the index"
            )
        cosines = [settled(value) for value in np.clip(vectors @ vector, -1, 1)]
        ordered = np.argsort(-np.asarray(cosines), kind="stable")
        found = (_hit(cases[place], cosines[place], beside) for place in ordered)
        return tuple(hit for _, hit in zip(range(most), filter(None, found), strict=False))


def _hit(case: IndexedCase, cosine: float, beside: Study | None) -> SimilarCase | None:
    if beside is None:
        return SimilarCase(case.case_id, cosine, same_patient=False)
    if case.study_uid == beside.uid:
        return None
    return SimilarCase(case.case_id, cosine, bool(case.patient_key) and case.patient_key == beside.patient_key)
