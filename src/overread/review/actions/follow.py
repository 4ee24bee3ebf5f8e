"""Sign a further version of the report that this session was shown: an addendum, or an amendment."""

from typing import Any

from overread.errors import UsageError
from overread.review.actions.decide import refuse_unread
from overread.review.actions.open_case import shown_case
from overread.review.desk import Caller, Desk, Shown
from overread.review.forms import FollowForm, change_of, read_form
from overread.review.language import gettext
from overread.review.session import Session
from overread.signing import Signer


def follow(desk: Desk, session: Session, caller: Caller, sent: Any) -> Shown:
    """Write the version down after the one that the seal is of, and show the case as it is then."""
    form = read_form(FollowForm, sent)
    case_id, digest = session.case_id, session.version_digest
    if caller.reader is None or case_id is None or digest is None:
        raise UsageError("no signed report is open here; open the case again")
    if not desk.seals.holds(form.token, caller.reader, caller.session, case_id, digest):
        raise UsageError("this is not about the report that is open here; open the case again")
    reader = desk.signable(caller.reader, case_id)
    refuse_unread(form)
    name = reader.name or form.reviewer
    if not name.strip():
        raise UsageError("name who signs")
    signer = Signer(
        name=name,
        at=desk.clock(),
        role=reader.role or form.role,
        meaning=form.meaning,
        confirmed=desk.confirmation(reader, form.secret, name),
        over="shown",
        text_digest=form.text_digest,
    )
    change = change_of(form)
    after = desk.room.follow(case_id, change, signer, digest)
    number = after.newest.version if after.newest else 1
    words = gettext("Signed as version {number}. The versions before stay as they are.")
    return shown_case(desk, caller, case_id, words.format(number=number))
