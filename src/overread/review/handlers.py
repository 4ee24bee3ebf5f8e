"""What the page can do: list, open, decide. What is sent is untrusted; what is shown and signed is the store's."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from overread.errors import CaseBusy, CaseUnknown, OverreadError, StaleReview, UsageError
from overread.reading_room import ReadingRoom
from overread.review.access import Access, Reader, Seals
from overread.review.case_page import case_page, viewer_model
from overread.review.forms import DecisionForm, OpenForm, read_form, review_of
from overread.review.rendering import render_case, render_worklist
from overread.review.session import Session
from overread.review.worklist_page import SHOWN_AT_ONCE, rank, worklist_page

NOT_ALLOWED = "You may not open or decide this case."
DONE = {
    "sign": "Signed. The page now shows the final report; further words are an addendum.",
    "reject": "Rejected. The draft and its evidence stay on file, and no report leaves.",
    "revise": "Sent back. This is the new draft: decide on each sentence again.",
}


@dataclass(frozen=True)
class Caller:
    """Who sent a request, through which browser session."""

    reader: Reader | None
    session: str


Shown = tuple[Session, dict[str, Any]]
"""The session afterwards, and what the page is told: `html` (None = leave what is there), `notice`, `level`."""


class PageHandlers:
    """The handlers of one app; they hold no state of any visitor."""

    def __init__(
        self, room: ReadingRoom, access: Access, seals: Seals, clock: Callable[[], datetime] | None = None
    ) -> None:
        self._room = room
        self._access = access
        self._seals = seals
        self._clock = clock or (lambda: datetime.now(UTC))

    def worklist(self, session: Session, caller: Caller, sent: Any = None) -> Shown:
        """Leave the open case, if any, and list all cases."""
        if caller.reader is None:
            return Session(), _told(NOT_ALLOWED)
        reader, store = caller.reader, self._room.store
        rows = [row for row in self._room.worklist() if self._access.may_read(reader, row.case_id)]
        counts = Counter(row.status for row in rows)
        alerts = store.alerted()
        # Ranked before the list is cut: what is critical is never behind what is not.
        first = sorted(rows, key=lambda row: rank(row, alerts.get(row.case_id, ())))[:SHOWN_AT_ONCE]
        listed = [(row, store.case(row.case_id), alerts.get(row.case_id, ())) for row in first]
        page = worklist_page(listed, dict(counts), self._clock())
        return Session(), {"html": render_worklist(page), "view": "worklist"}

    def open(self, session: Session, caller: Caller, sent: Any) -> Shown:
        """Open one case in this session, in place of the one that was open."""
        return self._guarded(session, lambda: self._open(caller, read_form(OpenForm, sent).case_id))

    def decide(self, session: Session, caller: Caller, sent: Any) -> Shown:
        """Sign, reject or send back the draft that this session was shown."""
        return self._guarded(session, lambda: self._decide(session, caller, read_form(DecisionForm, sent)))

    def _open(self, caller: Caller, case_id: str, notice: str | None = None) -> Shown:
        if caller.reader is None or not self._access.may_read(caller.reader, case_id):
            raise UsageError(NOT_ALLOWED)
        store, file = self._room.store, self._room.file(case_id)
        page = case_page(file, store.identity(case_id), store.headers(case_id), store.alerts(case_id))
        digest = file.draft_digest if page.decidable else None
        token = self._seals.seal(caller.reader, caller.session, case_id, digest) if digest else None
        html = render_case(page, viewer_model(page), token, caller.reader)
        shown = {"html": html, "view": "case", "moving": page.moving}
        return Session(case_id, digest), {**shown, **({"notice": notice, "level": "done"} if notice else {})}

    def _decide(self, session: Session, caller: Caller, form: DecisionForm) -> Shown:
        case_id, digest = session.case_id, session.draft_digest
        if caller.reader is None or case_id is None or digest is None:
            raise UsageError("no draft that waits for a decision is open here; open the case again")
        if not self._seals.holds(form.token, caller.reader, caller.session, case_id, digest):
            raise UsageError("this decision is not about the draft that is open here; open the case again")
        if not self._access.may_decide(caller.reader, case_id):
            raise UsageError(NOT_ALLOWED)
        self._room.decide(case_id, review_of(form, caller.reader, digest, self._clock()))
        return self._open(caller, case_id, DONE[form.decision])

    def _guarded(self, session: Session, step: Callable[[], Shown]) -> Shown:
        """Say what is wrong in one line and leave on the screen what is there, decisions and all."""
        try:
            return step()
        except StaleReview as error:
            return session, _told(f"Not done: {error}.", "stale")
        except CaseBusy as error:
            return session, _told(f"Not done: {error}.", "busy")
        except (CaseUnknown, UsageError) as error:
            return session, _told(f"Not done: {error}.")
        except OverreadError as error:
            return session, _told(f"It failed: {error}")


def _told(notice: str, level: str = "error") -> dict[str, Any]:
    return {"html": None, "notice": notice, "level": level}
