"""Find signed cases that resemble a study, a case on file, or words: what `overread find` and other programs ask."""

import re
from dataclasses import dataclass

import numpy as np

from overread.admission import AdmittedCase
from overread.errors import UsageError
from overread.imaging.quality import measure
from overread.ports import EmbeddingBackend
from overread.reading_room import ReadingRoom
from overread.records import Study
from overread.retrieving.filling import embed_case
from overread.retrieving.impression import impression_of
from overread.retrieving.search import MOST_SEARCHED, CaseSearch, Vector
from overread.standalone import image_to_read
from overread.tools._scope import is_blank

CASE_ID = re.compile(r"c-[0-9a-f]{12,}")
"""What is taken for the id of a case, and not for words."""


@dataclass(frozen=True)
class FoundCase:
    """A signed case, and what its report says in short."""

    case_id: str
    similarity: float
    """Cosine, -1 to 1."""
    same_patient: bool
    impression: tuple[str, ...]
    """Sentences as signed, without what names the patient."""


@dataclass(frozen=True)
class Found:
    """The cases that were found, the nearest first, and how far was looked."""

    cases: tuple[FoundCase, ...]
    searched: int
    """Cases that were compared."""
    older: int
    """Cases of the index beyond those, which were signed before them."""
    not_indexed: int
    """Signed cases that have no vector by these weights."""


def find_by_words(room: ReadingRoom, backend: EmbeddingBackend, words: str, most: int) -> Found:
    """Find the cases whose pictures are nearest to words, by the text tower; raises `UsageError` for none."""
    if not words.strip():
        raise UsageError("the query is empty; give words, a picture or a case id")
    return _found(room, backend, np.asarray(backend.embed_texts([words])[0], np.float32), None, most)


def find_by_case(room: ReadingRoom, backend: EmbeddingBackend, case_id: str, most: int) -> Found:
    """Find the cases nearest to one on file, by the picture that it was read on; raises `CaseUnknown`."""
    study = room.store.case(case_id).study
    vector = embed_case(room.home, room.services.pixels, backend, case_id)
    return _found(room, backend, vector, study, most)


def find_by_study(room: ReadingRoom, backend: EmbeddingBackend, admitted: AdmittedCase, most: int) -> Found:
    """Find the cases nearest to a study that was sent; raises `UsageError` where its picture is blank."""
    picture = room.services.pixels.shown(image_to_read(room, admitted))
    if is_blank(measure(picture)):
        raise UsageError("the picture is all but one grey level; nothing resembles it")
    vector = np.asarray(backend.embed_pictures([picture])[0], np.float32)
    return _found(room, backend, vector, admitted.case.study, most)


def _found(room: ReadingRoom, backend: EmbeddingBackend, vector: Vector, beside: Study | None, most: int) -> Found:
    vectors, digest = room.home.case_vectors, backend.card.weights_digest
    hits = CaseSearch(vectors).nearest(vector, digest, beside=beside, most=most)
    indexed = vectors.count(digest)
    return Found(
        cases=tuple(
            FoundCase(hit.case_id, hit.similarity, hit.same_patient, impression_of(room.home, hit.case_id))
            for hit in hits
        ),
        searched=min(indexed, MOST_SEARCHED),
        older=max(indexed - MOST_SEARCHED, 0),
        not_indexed=len(vectors.missing(digest)),
    )
