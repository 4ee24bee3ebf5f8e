"""Sign-in at the hospital's own identity provider by OpenID Connect (`sign_in = oidc`)."""

from collections.abc import Mapping
from typing import ClassVar

from overread.review.access import Asks, Reader, Way
from overread.review.identity import Flow, Flows, IdentityProvider, NotVouched, new_secret
from overread.review.login_access import LoginAccess
from overread.review.people_access import Clock, names_itself
from overread.settings import Settings
from overread.store.home import Home
from overread.store.logins import Login
from overread.store.people import User

ASK = "Ask whoever keeps the accounts of Overread."


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

    async def begin(self, back: str, onward: str, login: Login | None, *, unlocks: bool) -> tuple[str, str]:
        """Begin a sign-in: give the provider's address and the cookie of this browser. Raises `NotVouched`.

        Who has a locked login must show again who they are: that the provider still knows the browser opens nothing.
        """
        address, asked = await self.provider.ask(back, fresh=login is not None)
        flow = Flow(asked, new_secret(), onward, login.digest if login else None, unlocks)
        self._flows.begin(flow)
        return address, flow.browser

    def flow(self, state: str, browser: str) -> Flow:
        """Give the sign-in that an answer belongs to, once; raises `NotVouched`."""
        flow = self._flows.take(state, browser)
        if flow is None:
            raise NotVouched("state", "This sign-in was not begun here, or is over. Sign in again.")
        return flow

    async def name(self, flow: Flow, answer: Mapping[str, str]) -> str:
        """Give the name that the provider vouches for; one that it does not is audited. Raises `NotVouched`."""
        try:
            return await self.provider.vouched(flow.asked, answer)
        except NotVouched as error:
            self.note("unknown", "sign_in_failed", {"way": self.way, "why": error.why})
            raise

    def arrive(self, flow: Flow, name: str) -> str | None:
        """Give the cookie of the new login of who was vouched for, None when their locked one was opened.

        Raises `NotVouched` for somebody without an account, and for another than who locked the page.
        """
        user = self._account(name)
        had = self.logins.alive(flow.login) if flow.login else None
        if flow.unlocks and (had is None or had.user.name != user.name):
            raise self._turned_away(user.name, "other", "The page is locked by somebody else; sign out there first.")
        return self._enter(user.name, had, self.way)

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Take the reader's own name, typed; who they are the provider has vouched for."""
        return names_itself(reader, secret)

    def _account(self, name: str) -> User:
        # Other letters fold into ASCII ones (the Kelvin sign into k): they are nobody's here.
        user = self._home.people.find(name.strip().lower()) if name.isascii() else None
        if user is None or user.local:
            raise self._turned_away("unknown", "no account", f"You have no account here. {ASK}")
        if user.disabled:
            raise self._turned_away(user.name, "disabled", f"Your account here is disabled. {ASK}")
        return user

    def _turned_away(self, actor: str, why: str, said: str) -> NotVouched:
        self.note(actor, "sign_in_failed", {"way": self.way, "why": why})
        return NotVouched(why, said)
