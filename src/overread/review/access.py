"""Who may use the page, and what each may do: asked on every single request."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from overread.records.people import Right, Role

Way = Literal["link", "accounts", "proxy", "oidc"]
Asks = Literal["name", "password", "provider"]


class Refused(Exception):
    """Somebody was not let in, or has to wait; the text is for them."""


@dataclass(frozen=True)
class Reader:
    """A person who is logged in; a name given here is the one that signs, whatever the page says."""

    key: str
    """Names the login, not the person; never shown."""
    name: str | None = None
    role: Literal["radiologist", "registrar"] | None = None
    account: str | None = None
    """The name of the account, which no other person ever gets; None for one user on one machine."""
    works_as: Role | None = None
    rights: frozenset[Right] = frozenset()
    """What the account may do, as the store had it when this request came."""

    @property
    def author(self) -> str:
        """Give the name that what they do is kept under; one user on one machine needs none."""
        return self.account or self.name or "local"


class Access(Protocol):
    """Decides who asks and what they may do; one file a way to sign in."""

    way: ClassVar[Way]
    cookie: str
    open_to_all: ClassVar[frozenset[str]]
    """Addresses that answer somebody who is not logged in; all others are closed to them."""
    page: ClassVar[str | None]
    """Where somebody who is not logged in signs in; None when no page of ours does that."""
    advice: ClassVar[str]
    """What somebody who is not logged in is told."""
    confirms_by: ClassVar[Asks]
    """What is asked for before a signature."""

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give who asks, or None for nobody."""

    def among(self, reader: Reader, right: Right, case_ids: Iterable[str]) -> frozenset[str]:
        """Give those of many cases for which a reader has a right: one decision for a list of any length."""

    def only(self, reader: Reader, right: Right) -> frozenset[str] | None:
        """Give the cases for which a reader has a right; None: all there are, without looking at any."""

    def may(self, reader: Reader, right: Right, case_id: str | None = None) -> bool:
        """Say whether a reader has a right, for a case or at all."""

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Tell whether a reader showed once more who they are, by `confirms_by`; raises `Refused` to wait."""

    def stranger(self, headers: Mapping[str, str], address: str) -> str | None:
        """Say why a request is refused whoever sent it, from the sender's own address; None for nearly all."""


class LinkAccess:
    """One user on one machine: whoever holds the link that the terminal showed may read and decide everything."""

    way: ClassVar[Way] = "link"
    open_to_all: ClassVar[frozenset[str]] = frozenset({"/enter"})
    page: ClassVar[str | None] = None
    advice: ClassVar[str] = "Not logged in. Open the link that 'overread app' printed in the terminal."
    confirms_by: ClassVar[Asks] = "name"

    def __init__(self, cookie: str = "overread") -> None:
        self.cookie = cookie
        self._lock = threading.Lock()
        self._links: set[bytes] = set()
        self._logins: set[bytes] = set()

    def link(self) -> str:
        """Make the token of a new link."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._links.add(_digest(token))
        return token

    def exchange(self, token: str) -> str | None:
        """Use up a link's token for a login cookie; None when it is unknown or was used."""
        login = secrets.token_urlsafe(32)
        with self._lock:
            if _digest(token) not in self._links:
                return None
            self._links.remove(_digest(token))
            self._logins.add(_digest(login))
        return login

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give the login that the cookie holds; the headers say nothing here."""
        shown = _digest(cookies.get(self.cookie, ""))
        with self._lock:
            return Reader(key=shown.hex()) if shown in self._logins else None

    def among(self, reader: Reader, right: Right, case_ids: Iterable[str]) -> frozenset[str]:
        """Allow every login everything."""
        return frozenset(case_ids)

    def only(self, reader: Reader, right: Right) -> frozenset[str] | None:
        """Allow every login everything."""
        return None

    def may(self, reader: Reader, right: Right, case_id: str | None = None) -> bool:
        """Allow every login everything."""
        return True

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Take any name that was typed: nobody here knows the person, so that it says who signs and proves nothing."""
        return bool(secret.strip())

    def stranger(self, headers: Mapping[str, str], address: str) -> str | None:
        """Refuse nobody for an address."""
        return None


class Seals:
    """Tokens that bind a decision to one login, one browser session, one case and one draft."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def seal(self, reader: Reader, session: str, case_id: str, draft_digest: str) -> str:
        """Make the token of these four: HMAC-SHA256 in hex, under a key that ends with this object."""
        message = "\0".join((reader.key, session, case_id, draft_digest))
        return hmac.new(self._key, message.encode(), hashlib.sha256).hexdigest()

    def holds(self, token: str, reader: Reader, session: str, case_id: str, draft_digest: str) -> bool:
        """Tell whether a token is the seal of these four, in a time that does not depend on where it differs."""
        return hmac.compare_digest(token.encode(), self.seal(reader, session, case_id, draft_digest).encode())


def _digest(secret: str) -> bytes:
    # Looking up a digest leaks no prefix of the secret through its timing.
    return hashlib.sha256(secret.encode()).digest()
