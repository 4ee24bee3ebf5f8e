"""What the page needs of an identity provider, and the sign-ins that are under way there."""

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from overread.review.people_access import Clock

LONGEST = timedelta(minutes=10)
"""How long somebody may take at the provider."""
MOST_FLOWS = 10_000


class NotVouched(Exception):
    """The provider vouches for nobody; the text is for the person, `why` one word for the audit. No token is in it."""

    def __init__(self, why: str, said: str) -> None:
        super().__init__(said)
        self.why = why


@dataclass(frozen=True)
class Asked:
    """What one sign-in asked of the provider, and what its answer must match."""

    state: str
    nonce: str
    verifier: str
    """Of PKCE: who took the code from the address bar cannot use it."""
    back: str
    """Where the provider sends the browser, exactly as it was told."""
    at: datetime
    fresh: bool
    """Whether the person had to show there again who they are, whatever login they have with the provider."""


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for."""

    name: str
    shown: str | None = None
    """The name that people know them by, where it says one."""
    groups: frozenset[str] = frozenset()


class IdentityProvider(Protocol):
    """An OpenID provider; one step of a sign-in a call. All raise `NotVouched`."""

    name: str
    """What people are told they sign in with."""

    async def ask(self, back: str, *, fresh: bool) -> tuple[str, Asked]:
        """Give the address to send a browser to, and what its answer must match."""

    async def vouched(self, asked: Asked, answer: Mapping[str, str]) -> Vouched:
        """Give whom the provider vouches for, by the query of the browser's way back."""

    async def sign_out(self, back: str) -> str | None:
        """Give the address where the provider's own login is ended, None where it names none."""


@dataclass(frozen=True)
class Flow:
    """One sign-in that is under way, in one browser."""

    asked: Asked
    browser: str
    """Value of a cookie: whoever brings the answer must be who asked."""
    onward: str
    login: str | None
    """Digest of the login that the browser had, locked."""
    unlocks: bool
    """Whether it opens a locked page in another tab, and nothing else."""
    confirms: bool = False
    """Whether it confirms a signature in another tab, and nothing else."""


class Flows:
    """Sign-ins under way, in memory: each is used once, within ten minutes; a restart ends them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._flows: OrderedDict[str, Flow] = OrderedDict()

    def begin(self, flow: Flow) -> None:
        """Remember a sign-in; the oldest makes room."""
        with self._lock:
            self._flows[flow.asked.state] = flow
            while len(self._flows) > MOST_FLOWS:
                self._flows.popitem(last=False)

    def take(self, state: str, browser: str) -> Flow | None:
        """Give the sign-in that an answer belongs to and forget it; None unless this browser began it, just now."""
        with self._lock:
            flow = self._flows.get(state)
            if flow is None or not hmac.compare_digest(flow.browser.encode(), browser.encode()):
                return None
            del self._flows[state]
        return flow if self._clock() - flow.asked.at <= LONGEST else None


def new_secret() -> str:
    """Make a value that nobody can guess, of 43 characters: the least that PKCE takes."""
    return secrets.token_urlsafe(32)
