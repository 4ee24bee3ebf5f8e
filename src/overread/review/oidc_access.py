"""Sign-in at the hospital's own identity provider by OpenID Connect (`sign_in = oidc`)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from overread.errors import UsageError
from overread.records.people import Role
from overread.review.access import Asks, Reader, Way
from overread.review.identity import Flow, Flows, IdentityProvider, NotVouched, Vouched, new_secret
from overread.review.login_access import LoginAccess
from overread.review.people_access import Clock, names_itself
from overread.settings import Settings
from overread.store.home import Home
from overread.store.logins import Login
from overread.store.people import User

ASK = "Ask whoever keeps the accounts of Overread."
MOST_CAPABLE: tuple[Role, ...] = ("signer", "reviewer", "viewer", "admin")
"""Of several groups the first of these; `admin` opens no case, so that whoever keeps accounts gives themselves none."""
LEAST_FRESH = timedelta(minutes=1)
"""From the provider's tab back to the dialog takes a moment."""


class OidcAccess(LoginAccess):
    """Whom the provider vouches for, when they have an account here without a password; the login is ours."""

    way: ClassVar[Way] = "oidc"
    local: ClassVar[bool] = False
    open_to_all: ClassVar[frozenset[str]] = LoginAccess.open_to_all | {"/sign-in/go", "/sign-in/back"}
    confirms_by: ClassVar[Asks] = "name"

    def __init__(
        self, home: Home, settings: Settings, provider: IdentityProvider, clock: Clock, cookie: str = "overread"
    ) -> None:
        super().__init__(home, settings, clock, cookie)
        self.provider = provider
        self.page_url = settings.page_url
        self._flows = Flows(clock)
        self._roles = settings.oidc.roles if settings.oidc else {}
        self._stepped: dict[str, datetime] = {}
        self._fresh = max(timedelta(minutes=settings.confirm_minutes), LEAST_FRESH)

    async def begin(
        self, back: str, onward: str, login: Login | None, *, unlocks: bool, confirms: bool = False
    ) -> tuple[str, str]:
        """Begin a sign-in: give the provider's address and the cookie of this browser. Raises `NotVouched`.

        Who has a locked login, or signs, must show again who they are: that the provider still knows the browser opens
        nothing.
        """
        address, asked = await self.provider.ask(back, fresh=login is not None)
        flow = Flow(asked, new_secret(), onward, login.digest if login else None, unlocks, confirms)
        self._flows.begin(flow)
        return address, flow.browser

    def flow(self, state: str, browser: str) -> Flow:
        """Give the sign-in that an answer belongs to, once; raises `NotVouched`."""
        flow = self._flows.take(state, browser)
        if flow is None:
            raise NotVouched("state", "This sign-in was not begun here, or is over. Sign in again.")
        return flow

    async def vouched(self, flow: Flow, answer: Mapping[str, str]) -> Vouched:
        """Give whom the provider vouches for; one that it does not is audited. Raises `NotVouched`."""
        try:
            return await self.provider.vouched(flow.asked, answer)
        except NotVouched as error:
            self.note("unknown", "sign_in_failed", {"way": self.way, "why": error.why})
            raise

    def arrive(self, flow: Flow, person: Vouched) -> str | None:
        """Give the cookie of the new login of who was vouched for, None when their own one was opened or confirmed.

        Raises `NotVouched` for somebody without an account, and for another than who locked the page.
        """
        user = self._account(person)
        had = self.logins.alive(flow.login) if flow.login else None
        if flow.confirms:
            self._confirmed(had, user)
            return None
        if flow.unlocks and (had is None or had.user.name != user.name):
            raise self._turned_away(user.name, "other", "The page is locked by somebody else; sign out there first.")
        return self._enter(user.name, had, self.way)

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Take the reader's own name, typed; who they are the provider has vouched for."""
        return names_itself(reader, secret)

    def _confirmed(self, login: Login | None, user: User) -> None:
        if login is None or login.locked or login.user.name != user.name:
            raise self._turned_away(user.name, "other", "Somebody else signs there; only they can confirm it.")
        self.logins.confirm(login.digest)
        self._stepped[login.digest] = self._clock()
        self.note(user.name, "confirm")

    def _account(self, person: Vouched) -> User:
        # Other letters fold into ASCII ones (the Kelvin sign into k): they are nobody's here.
        name = person.name.strip().lower() if person.name.isascii() else ""
        user = self._home.people.find(name) if name else None
        if self._roles and name and (user is None or not user.local):
            user = self._of_groups(name, person, user)
        if user is None or user.local:
            raise self._turned_away("unknown", "no account", f"You have no account here. {ASK}")
        if user.disabled:
            raise self._turned_away(user.name, "disabled", f"Your account here is disabled. {ASK}")
        return user

    def _of_groups(self, name: str, person: Vouched, user: User | None) -> User:
        """Give the account the role that its groups give now, and make it where there is none."""
        given = {role for group, role in self._roles.items() if group in person.groups}
        role = next((each for each in MOST_CAPABLE if each in given), None)
        if role is None:
            raise self._turned_away(name if user else "unknown", "groups", f"No group of yours works here. {ASK}")
        people = self._home.people
        try:
            if user is None:
                return people.add(name, person.shown or name, role, None, "oidc")
        except UsageError as error:
            raise self._turned_away("unknown", "name", f"No account can be made of your name: {error}.") from None
        if user.role != role and not user.disabled:
            people.set_role(name, role, "oidc")
        return people.user(name)

    def _turned_away(self, actor: str, why: str, said: str) -> NotVouched:
        self.note(actor, "sign_in_failed", {"way": self.way, "why": why})
        return NotVouched(why, said)


class ConfirmingOidcAccess(OidcAccess):
    """The same, where each signature is confirmed by a login at the provider, made for it."""

    confirms_by: ClassVar[Asks] = "provider"

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Say whether the provider has just asked this person anew, for this login; that they signed in is not it."""
        at = self._stepped.get(reader.key)
        return at is not None and self._clock() - at <= self._fresh
