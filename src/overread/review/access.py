"""Who may use the page: a link that works once is exchanged for a login cookie; every request is asked again."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class Reader:
    """A person who is logged in; a name given here is the one that signs, whatever the page says."""

    key: str
    """Names the login, not the person; never shown."""
    name: str | None = None
    role: Literal["radiologist", "registrar"] | None = None

    @property
    def author(self) -> str:
        """Give the name that what they do is kept under; one user on one machine needs none."""
        return self.name or "local"


class Access(Protocol):
    """Decides on every single request; replace it to put the page behind a hospital's own login."""

    cookie: str

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give who asks, or None for nobody."""

    def reads_all(self, reader: Reader) -> bool:
        """Say whether a reader may see every case, so that the database need not ask `may_read` of each."""

    def may_read(self, reader: Reader, case_id: str) -> bool:
        """Say whether a reader may see a case: in the list, on its page, its pictures and masks."""

    def may_decide(self, reader: Reader, case_id: str) -> bool:
        """Say whether a reader may sign, send back or reject a case; asked after `may_read`, just before it is done."""

    def exchange(self, token: str) -> str | None:
        """Turn a link's token into a cookie value, once; None when it is not good (any more)."""


class LinkAccess:
    """One user on one machine: whoever holds the link that the terminal showed may read and decide everything."""

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

    def reads_all(self, reader: Reader) -> bool:
        """Allow every login every case."""
        return True

    def may_read(self, reader: Reader, case_id: str) -> bool:
        """Allow every login every case."""
        return True

    def may_decide(self, reader: Reader, case_id: str) -> bool:
        """Allow every login every decision."""
        return True


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
