"""Sign-in with a name and a password of this installation (`sign_in = accounts`)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from overread.review.access import Asks, Reader, Refused, Way
from overread.review.login_access import LoginAccess
from overread.review.people_access import Clock
from overread.settings import Settings
from overread.store.home import Home
from overread.store.logins import Login
from overread.store.throttle import Throttle

WRONG = "Name or password is wrong."
"""The one answer to a name that nobody has, a wrong password and a disabled account."""


class AccountAccess(LoginAccess):
    """Accounts of this installation; a login is a cookie whose digest is in the store."""

    way: ClassVar[Way] = "accounts"
    local: ClassVar[bool] = True
    confirms_by: ClassVar[Asks] = "password"

    def __init__(self, home: Home, settings: Settings, clock: Clock, cookie: str = "overread") -> None:
        super().__init__(home, settings, clock, cookie)
        self._fresh = timedelta(minutes=settings.confirm_minutes)
        self._throttle = Throttle(home.database, clock)

    def unlock(self, login: Login, password: str, address: str) -> None:
        """Open a locked login by its own account's password; raises `Refused`."""
        self._check(login.user.name, password, address)
        self.logins.confirm(login.digest)
        self.note(login.user.name, "unlock")

    def sign_in(self, name: str, password: str, address: str, cookies: Mapping[str, str]) -> str | None:
        """Give the value of the new login's cookie, None when their own login was opened; raises `Refused`."""
        self._check(name, password, address)
        return self._enter(name, self.login(cookies), self.way)

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
