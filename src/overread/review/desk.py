"""What every action of the page works with, and what it answers. It holds no state of any visitor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from overread.errors import UsageError
from overread.escalation.ladder import load_ladder
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.review.access import Access, Reader, Seals
from overread.review.alert_view import Climb
from overread.review.session import Session
from overread.store.list_query import Scope

NOT_ALLOWED = "You may not open or decide this case."


@dataclass(frozen=True)
class Caller:
    """Who sent a request, through which browser session."""

    reader: Reader | None
    session: str


Shown = tuple[Session, dict[str, Any]]
"""The session afterwards, and what the page is told: `html` (None = leave what is there), `notice`, `level`."""
Action = Callable[["Desk", Session, Caller, Any], Shown]
"""What one event of the page does: the desk, the tab's session, who sent it, and what was sent, untrusted."""
Call = Callable[["Desk", Reader, Any], dict[str, Any]]
"""What one small request does that leaves the page as it is: saving, asking, checking; the answer is JSON."""


def utc_now() -> datetime:
    """Give the time now."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Desk:
    """The room behind the page, who may do what in it, and the seals on what was shown."""

    room: ReadingRoom
    access: Access
    seals: Seals
    clock: Callable[[], datetime] = field(default=utc_now)

    def readable(self, reader: Reader | None, case_id: str) -> Reader:
        """Give the reader back when the case may be read; raises `UsageError`, the same for a case that is not."""
        if reader is None or not self.access.may_read(reader, case_id):
            raise UsageError(NOT_ALLOWED)
        return reader

    def decidable(self, reader: Reader | None, case_id: str) -> Reader:
        """Give the reader back when the case may be read and decided; raises `UsageError`."""
        known = self.readable(reader, case_id)
        if not self.access.may_decide(known, case_id):
            raise UsageError(NOT_ALLOWED)
        return known

    def file(self, reader: Reader | None, case_id: str) -> CaseFile:
        """Give the file of a case that may be read; raises `UsageError`, `CaseUnknown`."""
        self.readable(reader, case_id)
        return self.room.file(case_id)

    def scope(self, reader: Reader, *, named: bool) -> Scope:
        """Say which cases the reader's worklist is of, and whether patients are named in it."""
        store = self.room.home.worklist
        seen = (case_id for case_id in store.ids() if self.access.may_read(reader, case_id))
        only = None if self.access.reads_all(reader) else frozenset(seen)
        limits = self.room.services.settings.worklist_limits.by_priority()
        return Scope(reader.author, named=named, only=only, limits=limits)

    def climb(self, case_id: str) -> Climb:
        """Give how far the critical results of a case are up the ladder of the settings."""
        ladder = load_ladder(self.room.services.settings.escalation_file)
        return Climb(self.room.home.notices.of(case_id), ladder, self.clock())


def told(notice: str, level: str = "error") -> dict[str, Any]:
    """Tell the page something and leave on it what is there."""
    return {"html": None, "notice": notice, "level": level}
