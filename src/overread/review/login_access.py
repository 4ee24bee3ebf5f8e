"""Access by a login that is kept here: a cookie whose digest is in the store, with an end and an idle lock."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from overread.review.access import Reader, Way
from overread.review.people_access import Clock, PeopleAccess, reader_of
from overread.settings import Settings
from overread.store.home import Home
from overread.store.logins import Login, Logins


class LoginAccess(PeopleAccess):
    """Whoever shows who they are gets a login; how they show it is the matter of the way to sign in."""

    open_to_all: ClassVar[frozenset[str]] = frozenset(
        {"/sign-in", "/sign-out", "/session", "/review/palette.css", "/review/theme.js"}
    )
    page: ClassVar[str | None] = "/sign-in"
    advice: ClassVar[str] = "Not signed in, or the page is locked. Sign in at /sign-in."
    way: ClassVar[Way]
    local: ClassVar[bool]
    """Whether the accounts of this way have a password here; a login of the other kind ends with the other way."""

    def __init__(self, home: Home, settings: Settings, clock: Clock, cookie: str = "overread") -> None:
        super().__init__(home, settings.see, clock)
        self.cookie = cookie
        self.idle = timedelta(minutes=settings.idle_minutes) if settings.idle_minutes else None
        self.logins = Logins(home.database, clock, self.idle, timedelta(hours=settings.sign_in_hours))

    def login(self, cookies: Mapping[str, str]) -> Login | None:
        """Give the login that the cookie holds, locked or not."""
        token = cookies.get(self.cookie)
        login = self.logins.of(token) if token else None
        return login if login is not None and login.user.local is self.local else None

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give who is logged in; nobody while the login is locked."""
        login = self.login(cookies)
        return None if login is None or login.locked else reader_of(login.user, login.digest)

    def leave(self, login: Login) -> None:
        """End a login."""
        self.logins.end(login.digest)
        self.note(login.user.name, "sign_out")

    def lock(self, login: Login) -> None:
        """Lock a login now."""
        self.logins.lock(login.digest)
        self.note(login.user.name, "lock")

    def _enter(self, name: str, login: Login | None, way: str) -> str | None:
        """Begin a login of somebody who showed who they are; their own earlier one opens instead (None)."""
        if login is not None and login.user.name == name:
            self.logins.confirm(login.digest)
            self.note(name, "unlock")
            return None
        if login is not None:
            self.leave(login)
        self.note(name, "sign_in", {"way": way})
        return self.logins.begin(name)
