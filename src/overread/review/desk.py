"""What every action of the page works with, and what it answers. It holds no state of any visitor."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from overread.errors import UsageError
from overread.escalation.ladder import load_ladder
from overread.oversight.pace import Pace, pace_of
from overread.reading_room import ReadingRoom
from overread.records import Alert, CaseFile, Password, ProviderLogin, Review, TypedName
from overread.records.people import Right
from overread.records.signing import Confirmed
from overread.review.access import Access, Asks, Reader, Refused, Seals
from overread.review.alert_view import Climb
from overread.review.first_reading import HIDDEN, is_hidden, is_shown, veiled
from overread.review.permission import granted
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

    def allowed(self, reader: Reader | None, right: Right, case_id: str | None = None) -> Reader:
        """Give the reader back when they have a right, for a case or at all; raises `UsageError`, and audits that."""
        known = granted(self.room, self.access, reader, right, case_id)
        if known is None:
            raise UsageError(NOT_ALLOWED)
        return known

    def may_add(self, reader: Reader) -> bool:
        """Tell whether the reader may add a case here: who may not is not offered it, and nothing is audited."""
        return bool(self.room.services.tools) and self.access.may(reader, "add")

    def readable(self, reader: Reader | None, case_id: str) -> Reader:
        """Give the reader back when the case may be read; raises `UsageError`, the same for a case that is not."""
        return self.allowed(reader, "read", case_id)

    def decidable(self, reader: Reader | None, case_id: str) -> Reader:
        """Give the reader back when the draft's sentences may be decided, and it be sent back; raises `UsageError`."""
        return self.allowed(self.readable(reader, case_id), "review", case_id)

    def signable(self, reader: Reader | None, case_id: str) -> Reader:
        """Give the reader back when they may sign or reject the case, and add to it later; raises `UsageError`."""
        return self.allowed(self.readable(reader, case_id), "sign", case_id)

    def asks(self, reader: Reader) -> Asks | None:
        """Say what a signature will ask for; None while a password that was given still confirms who is there."""
        return None if self.access.confirm(reader, "") else self.access.confirms_by

    def confirmation(self, reader: Reader, secret: str, name: str) -> Confirmed:
        """Say how a reader showed once more who they are, just before they sign as `name`; raises `UsageError`.

        `access.confirms_by` says what `secret` is: the password, or none when it was given some minutes ago
        (`confirm_minutes`); nothing, where the provider was asked for it; or the name, typed, where the login is
        somebody else's matter.
        """
        try:
            confirmed = self.access.confirm(reader, secret)
        except Refused as error:
            raise UsageError(f"{error}".rstrip(".")) from None
        if self.access.confirms_by == "password":
            if not confirmed or reader.account is None:
                raise UsageError("type your password to sign")
            return Password(account=reader.account, again=bool(secret))
        if self.access.confirms_by == "provider":
            if not confirmed or reader.account is None:
                raise UsageError("confirm at your identity provider that it is you, by the link above, then sign")
            return ProviderLogin(account=reader.account)
        # Nobody vouches for a name that was typed alone: it is at least the one that the report will carry.
        if not confirmed or (reader.account is None and secret.strip().casefold() != name.strip().casefold()):
            raise UsageError("type your name, as it will stand under the report, to sign")
        return TypedName(name=secret.strip(), account=reader.account)

    def pace(self, case_id: str, review: Review) -> Pace | None:
        """Give how fast a review was made, where the settings ask for a reason when nobody can have read so fast."""
        if self.room.services.settings.reading_alarm == "off":
            return None
        return pace_of(self.room.file(case_id), review, self.room.store.journal(case_id))

    def looked(self, reader: Reader, case_id: str) -> None:
        """Write down that a reader opened a case."""
        self.room.store.audit.write(reader.author, "view", case_id)

    def hidden(self, reader: Reader, case_id: str) -> bool:
        """Tell whether what the models say of a case is still hidden from a reader."""
        return is_hidden(self.room, reader, case_id)

    def refuse_hidden(self, reader: Reader, case_id: str) -> None:
        """Refuse what would show, or rest on, what the models say before the first read; raises `UsageError`."""
        if self.hidden(reader, case_id):
            raise UsageError(HIDDEN)

    def file(self, reader: Reader | None, case_id: str) -> CaseFile:
        """Give the file of a case that may be read, as far as it is shown; raises `UsageError`, `CaseUnknown`."""
        known = self.readable(reader, case_id)
        file = self.room.file(case_id)
        return veiled(file) if self.hidden(known, case_id) else file

    def alerts(self, reader: Reader, case_id: str) -> tuple[Alert, ...]:
        """Give the critical results of a case as the store has them now, as far as they are shown."""
        alerts = self.room.store.alerts(case_id)
        return tuple(filter(is_shown, alerts)) if self.hidden(reader, case_id) else alerts

    def scope(self, reader: Reader, *, named: bool) -> Scope:
        """Say which cases the reader's worklist is of, and whether patients are named in it."""
        only = self.access.only(self.allowed(reader, "list"), "list")
        limits = self.room.services.settings.worklist_limits.by_priority()
        hides = self.room.services.settings.first_read == "on"
        return Scope(reader.author, named=named, only=only, limits=limits, hides=hides)

    def climb(self, case_id: str) -> Climb:
        """Give how far the critical results of a case are up the ladder of the settings."""
        ladder = load_ladder(self.room.services.settings.escalation_file)
        return Climb(self.room.home.notices.of(case_id), ladder, self.clock())


def told(notice: str, level: str = "error") -> dict[str, Any]:
    """Tell the page something and leave on it what is there."""
    return {"html": None, "notice": notice, "level": level}
