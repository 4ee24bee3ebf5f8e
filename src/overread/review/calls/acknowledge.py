"""Write down who was told of a critical result, and show its banner as it is then; the rest of the page stays."""

from typing import Any

from overread.critical_results import acknowledgement
from overread.review.access import Reader
from overread.review.alert_view import alert_views
from overread.review.desk import Desk
from overread.review.forms import AcknowledgeForm, read_form
from overread.review.rendering import render_alert


def acknowledge(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Acknowledge one critical result; raises `UsageError` for what is not whole, `StaleReview` when it was before."""
    form = read_form(AcknowledgeForm, sent)
    known = desk.allowed(desk.readable(reader, form.case_id), "acknowledge", form.case_id)
    by = known.name or form.by or ""
    made = acknowledgement(
        by,
        form.told,
        form.how,
        form.read_back,
        desk.clock(),
        found_at=form.found_at,
        told_at=form.told_at,
        remark=form.remark,
    )
    desk.room.home.acknowledgements.write(form.case_id, form.alert_id, made, known.author)
    return {"html": shown_alerts(desk, known, form.case_id)[form.alert_id]}


def shown_alerts(desk: Desk, reader: Reader, case_id: str) -> dict[str, str]:
    """Render the banners of a case's critical results as the store has them now, by alert id."""
    file = desk.file(reader, case_id)
    views = alert_views(file, desk.alerts(reader, case_id), desk.climb(case_id))
    may_tell, decidable = desk.access.may(reader, "acknowledge", case_id), file.status == "awaiting_review"
    return {view.id: render_alert(view, reader, may_tell=may_tell, decidable=decidable) for view in views}
