"""Who the patients of some rows are: asked for only while the reader wants to see names, and audited."""

from typing import Any

from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import CasesForm, read_form
from overread.review.language import gettext
from overread.review.safety import name_words


def list_names(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Give name and ID of each case's patient by case id; raises `UsageError` where one may not be read."""
    form = read_form(CasesForm, sent)
    for case_id in form.cases:
        desk.readable(reader, case_id)
    store = desk.room.store
    known = {case_id: store.identity(case_id) or {} for case_id in form.cases}
    store.audit.write(reader.author, "list_names", "worklist", cases=list(form.cases))
    return {
        "names": {
            case_id: {"name": name_words(who) or gettext("not named"), "id": str(who.get("patient_id") or "")}
            for case_id, who in known.items()
        }
    }
