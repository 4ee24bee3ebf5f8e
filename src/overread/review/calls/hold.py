"""Who has the case that is open: a lease of the reader's own runs on, another's is told and never in the way."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import HoldForm, read_form
from overread.review.worklist_page import handover_words, holder_of
from overread.store.listing import WAITING


def hold(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Give who has the case, whether it waits for anybody, whether the reader may take it, and what others did."""
    case_id = read_form(HoldForm, sent).case_id
    desk.readable(reader, case_id)
    assignments = desk.room.home.assignments
    lease = timedelta(minutes=desk.room.services.settings.lease_minutes)
    holder = holder_of(assignments.prolong(case_id, reader.author, lease), reader.author, desk.clock())
    notices = assignments.handovers(reader.author)
    return {
        "holder": asdict(holder),
        "waits": desk.room.store.row(case_id).status in WAITING,
        "may_take": desk.access.may(reader, "take", case_id),
        "notices": handover_words(notices),
        "until": notices[-1].id if notices else None,
    }
