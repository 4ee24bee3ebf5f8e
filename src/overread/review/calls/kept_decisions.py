"""Give back what a reader had decided on a case before."""

from typing import Any

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.formatting import moment_words
from overread.review.forms import SoFarForm, read_form
from overread.store.decision_drafts import FIRST_READER


def kept_decisions(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with `decisions` and when they were made; `same` says whether they are of the draft that is shown.

    `of` names the first reader where they are that person's: they are offered, and none is taken over by itself.
    """
    form = read_form(SoFarForm, sent)
    desk.refuse_hidden(desk.readable(reader, form.case_id), form.case_id)
    drafts = desk.room.home.decision_drafts
    kept = drafts.kept(form.case_id, desk.readable(reader, form.case_id).author)
    first = None if kept else _first_reader(desk, reader, form.case_id)
    kept = kept or (drafts.kept(form.case_id, FIRST_READER) if first else None)
    if kept is None:
        return {"decisions": None}
    same = kept.draft_digest == form.draft_digest
    return {"decisions": kept.decisions, "at": moment_words(kept.at), "same": same, "of": first}


def _first_reader(desk: Desk, reader: Reader, case_id: str) -> str | None:
    """Name who signed the preliminary report of the draft that waits."""
    preliminary = desk.file(reader, case_id).preliminary
    return preliminary.signed_by if preliminary else None
