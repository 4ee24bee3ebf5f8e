"""Give the next version of a signed report as it would be signed now, and what the signature asks for."""

from typing import Any

from overread.review.access import Reader
from overread.review.calls.report_to_sign import final_meanings, shown_text
from overread.review.desk import Desk
from overread.review.forms import ToFollowForm, change_of, read_form


def version_to_sign(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with `text`, its `digest`, the `meanings` to choose from and what is asked for; nothing is written."""
    form = read_form(ToFollowForm, sent)
    known = desk.signable(reader, form.case_id)
    composed = desk.room.to_follow(form.case_id, change_of(form))
    return {**shown_text(desk, known, composed), "name": known.name, "meanings": final_meanings(), "note": None}
