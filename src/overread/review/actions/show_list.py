"""Leave the open case, if any, and list all cases."""

from collections import Counter
from typing import Any

from overread.review.desk import Caller, Desk, Shown
from overread.review.rendering import render_worklist
from overread.review.session import Session
from overread.review.worklist_page import SHOWN_AT_ONCE, rank, worklist_page


def show_list(desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """List the cases that the reader may see, most urgent first."""
    store, rows = desk.room.store, desk.room.worklist()
    seen = desk.listed(caller.reader, (row.case_id for row in rows))
    rows = [row for row in rows if row.case_id in seen]
    counts = Counter(row.status for row in rows)
    alerts = store.alerted()
    # Ranked before the list is cut: what is critical is never behind what is not.
    first = sorted(rows, key=lambda row: rank(row, alerts.get(row.case_id, ())))[:SHOWN_AT_ONCE]
    listed = [(row, store.case(row.case_id), alerts.get(row.case_id, ())) for row in first]
    page = worklist_page(listed, dict(counts), desk.clock())
    return Session(), {"html": render_worklist(page), "view": "worklist", "address": "/"}
