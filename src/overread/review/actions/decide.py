"""Sign, reject or send back the draft that this session was shown."""

from typing import Any

from overread.errors import UsageError
from overread.records import CaseFile
from overread.review.actions.open_case import shown_case
from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import DecisionForm, read_form, review_of
from overread.review.session import Session

DONE = {
    "sign": "Signed. The page now shows the final report; further words are an addendum.",
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
    may = desk.decidable if form.decision == "revise" else desk.signable
    reader = may(caller.reader, case_id)
    decided = desk.room.decide(case_id, review_of(form, reader, desk.room.store.case(case_id), digest, desk.clock()))
    desk.room.home.decision_drafts.forget(case_id, reader.author)
    return shown_case(desk, caller, case_id, DONE[form.decision] + _noticed(decided))


def _noticed(file: CaseFile) -> str:
    """Say that something was noticed about what was signed; nothing where nothing was."""
    count = len(file.after_signature.notices) if file.after_signature else 0
    return f" Please look: {count} notice{'' if count == 1 else 's'} after the signature, below it." if count else ""
