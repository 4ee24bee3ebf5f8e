"""Sign, reject or send back the draft that this session was shown."""

from typing import Any

from overread.errors import UsageError
from overread.oversight.pace import hurry_words
from overread.records import CaseFile, Review
from overread.review.access import Reader
from overread.review.actions.open_case import shown_case
from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import DecisionForm, DecisionsForm, SignatureForm, read_form, review_of
from overread.review.language import gettext, ngettext, speech
from overread.review.session import Session
from overread.store.decision_drafts import FIRST_READER

DONE = {
    "sign": "Signed. The page now shows the final report; further words are an addendum.",
    "preliminary": "Signed as a preliminary report. The draft waits for the signature that makes it final.",
    "reject": "Rejected. The draft and its evidence stay on file, and no report leaves.",
    "revise": "Sent back. This is the new draft: decide on each sentence again.",
}


def decide(desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """Write the decision down for the draft that the seal is of, and show the case as it is then."""
    form = read_form(DecisionForm, sent)
    case_id, digest = session.case_id, session.draft_digest
    if caller.reader is None or case_id is None or digest is None:
        raise UsageError("no draft that waits for a decision is open here; open the case again")
    if not desk.seals.holds(form.token, caller.reader, caller.session, case_id, digest):
        raise UsageError("this decision is not about the draft that is open here; open the case again")
    may = desk.signable if form.decision != "revise" and not form.preliminary else desk.decidable
    reader = may(caller.reader, case_id)
    desk.refuse_hidden(reader, case_id)
    review = _review(desk, form, reader, case_id, digest)
    if form.preliminary:
        desk.room.sign_preliminary(case_id, review, session.versions)
        # Offered to who reads it second; nothing of it is anybody's decision but the first reader's.
        made = DecisionsForm.model_validate(form.model_dump(include=set(DecisionsForm.model_fields)))
        drafts = desk.room.home.decision_drafts
        drafts.keep(case_id, FIRST_READER, digest, made.model_dump(mode="json", exclude_defaults=True))
        drafts.forget(case_id, reader.author)
        return shown_case(desk, caller, case_id, gettext(DONE["preliminary"]))
    decided = desk.room.decide(case_id, review, session.versions)
    desk.room.home.decision_drafts.forget(case_id, reader.author)
    return shown_case(desk, caller, case_id, gettext(DONE[form.decision]) + _noticed(decided))


def refuse_unread(form: SignatureForm) -> None:
    """Refuse a signature that names no text that was shown, or no meaning; raises `UsageError`."""
    if form.text_digest is None:
        raise UsageError("a signature is over the text that is shown when you sign; it names none")
    if form.meaning is None:
        raise UsageError("say what your signature means")


def _review(desk: Desk, form: DecisionForm, reader: Reader, case_id: str, digest: str) -> Review:
    """Make the review; a signature is of a text that was shown, by somebody who showed once more who they are."""
    case = desk.room.store.case(case_id)
    if form.decision != "sign":
        return review_of(form, reader, case, digest, desk.clock())
    refuse_unread(form)
    whole = review_of(form, reader, case, digest, desk.clock())
    pace = desk.pace(case_id, whole)
    if pace is None or not pace.too_fast:
        whole = whole.model_copy(update={"hurried": None})
    elif whole.hurried is None:
        words = gettext("{hurry}; go on reading, or say why it is signed now")
        raise UsageError(words.format(hurry=hurry_words(pace, speech())))
    # Last: a password is not asked for, and no try counted, for what is not signed anyway.
    confirmed = desk.confirmation(reader, form.secret, whole.reviewer)
    return whole.model_copy(update={"confirmed": confirmed})


def _noticed(file: CaseFile) -> str:
    """Say that something was noticed about what was signed; nothing where nothing was."""
    count = len(file.after_signature.notices) if file.after_signature else 0
    if not count:
        return ""
    words = ngettext(
        "Please look: {count} notice after the signature, below it.",
        "Please look: {count} notices after the signature, below it.",
        count,
    )
    return f" {words.format(count=count)}"
