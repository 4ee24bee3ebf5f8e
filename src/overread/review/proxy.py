"""Sign-in by a proxy in front that has asked who it is and says so in a header (`sign_in = proxy`)."""

import hashlib
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import ClassVar

from starlette.datastructures import Headers

from overread.errors import SettingsError
from overread.review.access import Asks, Reader, Way
from overread.review.people_access import Clock, PeopleAccess, names_itself, reader_of
from overread.settings import Settings
from overread.store.home import Home

STRANGER = "This request says who sent it, and does not come from the proxy that may. It is refused."


class ProxyAccess(PeopleAccess):
    """Whom the header names; a request that comes past the proxy and has the header is refused, whatever it says.

    The proxy keeps the logins: how long they last, idle lock and sign-out are its own.
    """

    way: ClassVar[Way] = "proxy"
    cookie = "overread"
    open_to_all: ClassVar[frozenset[str]] = frozenset()
    page: ClassVar[str | None] = None
    advice: ClassVar[str] = (
        "The proxy named nobody who has an account here. Ask whoever keeps the accounts (overread user add)."
    )
    confirms_by: ClassVar[Asks] = "name"

    def __init__(self, home: Home, settings: Settings, clock: Clock) -> None:
        super().__init__(home, settings.see, clock)
        if not settings.proxies:
            raise SettingsError("setting 'proxies' names no address that may set the header; sign_in=proxy needs it")
        self._header = settings.proxy_header.lower()
        self._networks: tuple[IPv4Network | IPv6Network, ...] = settings.proxies
        self._told: set[tuple[str, str, str]] = set()

    def reader(self, cookies: Mapping[str, str], headers: Mapping[str, str]) -> Reader | None:
        """Give the account that the header names; the guard has refused headers of strangers (`stranger`)."""
        name = headers.get(self._header, "").strip()
        user = self._home.people.find(name) if name else None
        if user is None or user.disabled or user.local:
            if name:
                self._once(user.name if user else "unknown", "sign_in_failed")
            return None
        self._once(user.name, "sign_in")
        return reader_of(user, hashlib.sha256(f"proxy\0{user.name}".encode()).hexdigest())

    def confirm(self, reader: Reader, secret: str) -> bool:
        """Take the reader's own name, typed: it says that they mean to sign; who they are the proxy vouches for."""
        return names_itself(reader, secret)

    def stranger(self, headers: Mapping[str, str], address: str) -> str | None:
        """Refuse a request that did not come through the proxy and names somebody, or that names two."""
        said = headers.getlist(self._header) if isinstance(headers, Headers) else [*headers.get(self._header, "")][:1]
        if not said:
            return None
        if len(said) > 1 or not self._trusts(address):
            self.note("unknown", "sign_in_refused", {"way": self.way, "address": address[:60]})
            return STRANGER
        return None

    def _trusts(self, address: str) -> bool:
        try:
            sent = ip_address(address)
        except ValueError:
            return False
        return any(sent in network for network in self._networks)

    def _once(self, actor: str, action: str) -> None:
        """Audit somebody once a day: the proxy tells of no sign-in, so that each request would be one."""
        key = (actor, action, f"{self._clock():%Y%m%d}")
        if key not in self._told:
            self._told.add(key)
            self.note(actor, action, {"way": self.way})
