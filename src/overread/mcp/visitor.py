"""Who looks through MCP, and which cases they may read: the rights of the page, asked at each call."""

from collections.abc import Collection
from dataclasses import dataclass

from overread.errors import CaseUnknown, UsageError
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.records.people import Right
from overread.review.first_reading import HIDDEN
from overread.review.people_access import PeopleAccess, reader_of
from overread.store.listing import WAITING


@dataclass(frozen=True)
class Visitor:
    """A person at the other end, by name; with accounts (`sign_in`) it is the account of that name."""

    room: ReadingRoom
    name: str

    def only(self, right: Right) -> Collection[str] | None:
        """Give the cases that the visitor has a right to; None: all. Raises `UsageError` for a name without account."""
        settings, home = self.room.services.settings, self.room.home
        if settings.sign_in == "link":
            return None
        user = home.people.user(self.name)
        if user.disabled:
            raise UsageError(f"the account '{self.name}' is disabled")
        access = PeopleAccess(home, settings.see, self.room.services.clock)
        return access.only(reader_of(user, "mcp"), right)

    def file(self, case_id: str) -> CaseFile:
        """Give the file of a case that may be read; that it was looked at is audited.

        Raises `CaseUnknown`, the same for a case that may not be read, and `UsageError` for one whose draft waits for
        the visitor's own first impression.
        """
        store, only = self.room.store, self.only("read")
        if only is not None and case_id not in only:
            raise CaseUnknown(f"no case {case_id} here; 'overread review list' shows those there are")
        row = store.row(case_id)
        hides = self.room.services.settings.first_read == "on" and row.status in WAITING
        if hides and not self.room.home.first_reads.has(case_id, self.name):
            raise UsageError(HIDDEN)
        store.audit.write(self.name, "view", case_id, via="mcp")
        return self.room.file(case_id)
