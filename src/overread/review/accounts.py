"""Sign-in with a name and a password of this installation (`sign_in = accounts`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from overread.review.access import Asks, Reader, Refused, Way
from overread.review.people_access import Clock, PeopleAccess, reader_of
from overread.settings import Settings
from overread.store.home import Home
from overread.store.logins import Login, Logins
from overread.store.throttle import Throttle

WRONG = "Name or password is wrong."
"""The one answer to a name that nobody has, a wrong password and a disabled account."""


class AccountAccess(PeopleAccess):
    """Accounts of this installation; a login is a cookie whose digest is in the store."""

    way: ClassVar[Way] = "accounts"
    open_to_all: ClassVar[frozenset[str]] = frozenset(
        {"/sign-in", "/sign-out", "/session", "/review/palette.css", "/review/theme.js"}
    )
    page: ClassVar[str | None] = "/sign-in"
    advice: ClassVar[str] = "Not signed in, or the page is locked. Sign in at /sign-in."
    confirms_by: ClassVar[Asks] = "password"

    def __init__(self, home: Home, settings: Settings, clock: Clock, cookie: str = "overread") -> None:
        super().__init__(home, settings.see, clock)
        self.cookie = cookie
        self.idle = timedelta(minutes=settings.idle_minutes) if settings.idle_minutes else None
        self.logins = Logins(home.database, clock, self.idle, timedelta(hours=settings.sign_in_hours))
        self._fresh = timedelta(minutes=settings.confirm_minutes)
        self._throttle = Throttle(home.database, clock)

    def login(self, cookies: Mapping[str, str]) -> Login | None:
        """Give the login that the cookie holds, locked or not."""
        token = cookies.get(self.cookie)
        return self.logins.of(token) if token else None

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give who is logged in; nobody while the login is locked."""
        login = self.login(cookies)
        return None if login is None or login.locked else reader_of(login.user, login.digest)

    def _enter(self, name: str, cookies: Mapping[str, str]) -> str | None:
        """Begin a login of somebody who showed who they are; their own locked one opens instead (None)."""
        login = self.login(cookies)
        if login is not None and login.user.name == name:
            self.logins.confirm(login.digest)
            self.note(name, "unlock")
            return None
        if login is not None:
            self.leave(login)
        self.note(name, "sign_in", {"way": self.way})
        return self.logins.begin(name)

    def leave(self, login: Login) -> None:
        """End a login."""
        self.logins.end(login.digest)
        self.note(login.user.name, "sign_out")

    def unlock(self, login: Login, password: str, address: str) -> None:
        """Open a locked login by its own account's password; raises `Refused`."""
        self._check(login.user.name, password, address)
        self.logins.confirm(login.digest)
        self.note(login.user.name, "unlock")

    def lock(self, login: Login) -> None:
        """Lock a login now."""
        self.logins.lock(login.digest)
        self.note(login.user.name, "lock")

    def sign_in(self, name: str, password: str, address: str, cookies: Mapping[str, str]) -> str | None:
        """Give the value of the new login's cookie, None when their own login was opened; raises `Refused`."""
        self._check(name, password, address)
        return self._enter(name, cookies)

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Take the password, or none when it was given within `confirm_minutes`; raises `Refused` to wait."""
        name = reader.account or ""
        if secret:
            self._check(name, secret, f"login {reader.key}")
            self.logins.confirm(reader.key)
            return True
        at = self.logins.confirmed_at(reader.key)
        return at is not None and self._clock() - at <= self._fresh

    def _check(self, name: str, password: str, address: str) -> None:
        """Raise `Refused` unless the password is that of an enabled account; a failure is audited and costs time."""
        wait = self._throttle.admit(name, address)
        if wait:
            raise Refused(f"Too many tries. Wait {wait + 1:.0f} seconds and try again.")
        if self._home.people.matches(name, password) is None:
            # What was typed as a name is kept only where it is one: a password gets into that field now and then.
            known = self._home.people.find(name) is not None
            self.note(name if known else "unknown", "sign_in_failed", {"way": self.way})
            raise Refused(WRONG)
        self._throttle.succeeded(name, address)
