"""Take cases, give them back, or give them to somebody: as many of those sent as nobody else was first with."""

from datetime import timedelta
from typing import Any

from overread.errors import UsageError
from overread.records.people import Right
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import AssignForm, read_form
from overread.review.language import gettext


def assign(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Give the ids of the cases that were `done`, and of the others in a sentence each why not (`left`).

    Raises `UsageError` where one may not be decided, or nobody is named to give them to.
    """
    form = read_form(AssignForm, sent)
    if form.action == "assign" and form.to is None:
        raise UsageError("say to whom")
    right: Right = "take" if form.action == "take" else "assign"
    for case_id, seen in form.cases:
        # What one has oneself is given back, or passed on, without a right over the cases of others.
        desk.allowed(reader, "take" if seen == reader.author else right, case_id)
    told = {case_id: _one(desk, reader, form, case_id, seen) for case_id, seen in form.cases}
    done = [case_id for case_id, problem in told.items() if problem is None]
    return {"done": done, "left": [problem for problem in told.values() if problem is not None]}


def _one(desk: Desk, reader: Reader, form: AssignForm, case_id: str, seen: str | None) -> str | None:
    """Do it for one case; gives why it was not done, None when it was."""
    assignments, author = desk.room.home.assignments, reader.author
    if form.action == "give_back":
        done = seen is not None and assignments.release(case_id, author, seen)
        words = (
            gettext("Case {case} is not {who}'s any more.") if seen else gettext("Case {case} is nobody's any more.")
        )
        return None if done else words.format(case=case_id, who=seen)
    if form.action == "take":
        lease = timedelta(minutes=desk.room.services.settings.lease_minutes)
        has, wanted = assignments.take(case_id, author, lease).assignee, author
    else:
        wanted = form.to or author
        has = assignments.assign(case_id, wanted, author, seen).assignee
    words = gettext("Case {case} was taken by {who} before you.")
    return None if has == wanted else words.format(case=case_id, who=has)
