"""Give back what a reader had decided on a case before."""

from typing import Any

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.formatting import moment_words
from overread.review.forms import SoFarForm, read_form


def kept_decisions(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with `decisions` and when they were made; `same` says whether they are of the draft that is shown."""
    form = read_form(SoFarForm, sent)
    desk.refuse_hidden(desk.readable(reader, form.case_id), form.case_id)
    kept = desk.room.home.decision_drafts.kept(form.case_id, desk.readable(reader, form.case_id).author)
    if kept is None:
        return {"decisions": None}
    same = kept.draft_digest == form.draft_digest
    return {"decisions": kept.decisions, "at": moment_words(kept.at), "same": same}
