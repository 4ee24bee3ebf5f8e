"""The reader has seen what others did with their cases."""

from typing import Any

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import SeenForm, read_form


def handovers_seen(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Show these notices no more."""
    desk.room.home.assignments.seen(reader.author, read_form(SeenForm, sent).until)
    return {}
