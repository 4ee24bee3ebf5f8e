"""How it stands with the critical results of an open case: what was told to whom, and who is next."""

from typing import Any

from overread.review.access import Reader
from overread.review.calls.acknowledge import shown_alerts
from overread.review.desk import Desk
from overread.review.forms import OpenForm, read_form


def critical(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Give the banners of a case's critical results by alert id; asked again while one is open."""
    return {"alerts": shown_alerts(desk, reader, read_form(OpenForm, sent).case_id)}
