"""The marks of a case as the viewer's script takes them."""

from collections.abc import Sequence
from typing import Any

from overread.records import Case, Mark
from overread.review.access import Reader
from overread.review.pictures import number_of


def marks_model(case: Case, marks: Sequence[Mark], reader: Reader) -> list[dict[str, Any]]:
    """Give each mark with the number of its picture and whether it is this reader's own."""
    return [
        {
            "id": mark.id,
            "kind": mark.kind,
            "picture": number,
            "points": [list(point) for point in mark.points],
            "author": mark.author,
            "own": mark.author == reader.author,
        }
        for mark in marks
        if (number := number_of(case, mark.sop_instance_uid, mark.frame)) is not None
    ]
