"""Give the report as it would be signed now, whole, and what the signature asks for; nothing is written down."""

from typing import Any

from overread.errors import UsageError
from overread.outputs.signature_text import MEANINGS, PRELIMINARY
from overread.oversight.pace import hurry_words
from overread.records import CaseFile, Review
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.forms import ToSignForm, read_form, review_to_sign
from overread.review.language import gettext, speech
from overread.review.refusals import refusal_words
from overread.signing import Composed, refuse_one_reader


def report_to_sign(desk: Desk, reader: Reader, sent: Any) -> dict[str, Any]:
    """Answer with `text`, its `digest`, the signer's `name`, the `meanings` to choose from and what is asked for."""
    form = read_form(ToSignForm, sent)
    known = desk.decidable(reader, form.case_id)
    desk.refuse_hidden(known, form.case_id)
    review = review_to_sign(form, known, desk.room.store.case(form.case_id), desk.clock())
    composed = desk.room.to_sign(form.case_id, review)
    meanings, note = _meanings(desk, known, form.case_id, review)
    return {**shown_text(desk, known, composed), "name": review.reviewer, "meanings": meanings, "note": note} | _hurry(
        desk, form.case_id, review
    )


def _hurry(desk: Desk, case_id: str, review: Review) -> dict[str, Any]:
    """Say how many seconds are left until the report can have been read; nothing where that was long enough."""
    pace = desk.pace(case_id, review)
    if pace is None or not pace.too_fast:
        return {}
    return {"hurry": {"left": pace.least - pace.seconds, "words": hurry_words(pace, speech())}}


def shown_text(desk: Desk, reader: Reader, composed: Composed) -> dict[str, Any]:
    """Give a text with its digest, and what its signature asks for."""
    return {"text": composed.text, "digest": composed.digest, "asks": desk.asks(reader)}


def final_meanings() -> list[dict[str, Any]]:
    """Give what a signature that makes a report final may mean."""
    return [{"meaning": name, "words": gettext(words), "preliminary": False} for name, words in MEANINGS.items()]


def _meanings(desk: Desk, reader: Reader, case_id: str, review: Review) -> tuple[list[dict[str, Any]], str | None]:
    """Give what the reader's signature may mean, and why it may not make the report final."""
    first = [{"meaning": "authorship", "words": gettext(PRELIMINARY), "preliminary": True}]
    if not desk.access.may(reader, "sign", case_id):
        return first, gettext("You may sign preliminary reports; a signer makes them final.")
    why = _one_reader(desk, desk.room.file(case_id), review)
    return (first, why) if why else ([*final_meanings(), *first], None)


def _one_reader(desk: Desk, file: CaseFile, review: Review) -> str | None:
    try:
        refuse_one_reader(file, review, desk.room.services.settings.second_reader)
    except UsageError as error:
        return refusal_words(error)
    return None
