"""The case before and the one after the open case, in the order of the list that it was opened from."""

from dataclasses import asdict
from typing import Any

from overread.errors import UsageError
from overread.review.access import Reader
from overread.review.desk import NOT_ALLOWED, Desk
from overread.review.forms import NeighboursForm, read_form


def neighbours(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Give `before` and `after` (None at an end), `place` from 1 and `total`."""
    form = read_form(NeighboursForm, sent)
    found = desk.room.home.worklist.neighbours(form.case_id, form.query, desk.scope(reader, named=form.names))
    if found is None:
        raise UsageError(NOT_ALLOWED)
    return asdict(found)
