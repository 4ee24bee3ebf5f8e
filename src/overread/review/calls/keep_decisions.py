"""Keep what a reader has decided up to now, so that a reload, a crash or another machine loses none of it."""

from typing import Any

from overread.errors import StaleReview
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import SoFarForm, read_form


def keep_decisions(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Keep it under the draft that it was made on; `stale` says that another draft waits by now.

    Raises `StaleReview` where the case waits for no decision any more.
    """
    form = read_form(SoFarForm, sent)
    author = desk.decidable(reader, form.case_id).author
    desk.refuse_hidden(reader, form.case_id)
    row = desk.room.store.row(form.case_id)
    if row.status != "awaiting_review":
        raise StaleReview(f"case {form.case_id} is {row.status.replace('_', ' ')}, not waiting for review")
    drafts = desk.room.home.decision_drafts
    decisions = form.decisions.model_dump(mode="json", exclude_defaults=True)
    if decisions:
        drafts.keep(form.case_id, author, form.draft_digest, decisions)
    else:
        drafts.forget(form.case_id, author)
    return {"kept": bool(decisions), "stale": row.draft_digest != form.draft_digest}
