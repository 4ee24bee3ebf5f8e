"""Similar signed cases, as the page shows them: context for the reader, and no part of the draft."""

from dataclasses import dataclass

from overread.records import CaseFile, Retrieved
from overread.retrieving.impression import impression_of
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.language import speech


@dataclass(frozen=True)
class SimilarView:
    """A signed case that resembles the one on the page."""

    case_id: str
    similarity: str
    same_patient: bool
    impression: tuple[str, ...]
    """As it is signed now, without what names its patient."""


def similar_views(desk: Desk, reader: Reader, file: CaseFile) -> tuple[SimilarView, ...]:
    """Lay out those that the tool found and this reader may read, the nearest first; none before the first read."""
    found = [item.payload for item in file.evidence if isinstance(item.payload, Retrieved)]
    mine = desk.access.among(reader, "read", [one.case_id for one in found]) if found else frozenset()
    return tuple(
        SimilarView(
            case_id=one.case_id,
            similarity=speech().number(one.similarity, 2),
            same_patient=one.same_patient,
            impression=impression_of(desk.room.home, one.case_id),
        )
        for one in found
        if one.case_id in mine
    )
