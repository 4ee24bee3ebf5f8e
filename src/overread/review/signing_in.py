"""Which way people sign in, by the settings; and what is refused before anything is served."""

from datetime import UTC, datetime
from importlib.util import find_spec

from overread.errors import SettingsError
from overread.review.access import Access, LinkAccess
from overread.review.accounts import AccountAccess
from overread.review.identity import IdentityProvider
from overread.review.oidc_access import ConfirmingOidcAccess, OidcAccess
from overread.review.proxy import ProxyAccess
from overread.settings import LOOPBACK, Settings
from overread.store.home import Home


def access_for(settings: Settings, home: Home, cookie: str) -> Access:
    """Build the access that `sign_in` names; raises `SettingsError` where what it needs is not there."""
    if settings.sign_in == "accounts":
        if not any(user.local and not user.disabled for user in home.people.all()):
            raise SettingsError("sign_in=accounts, and there is no account; overread user add NAME --role signer")
        return AccountAccess(home, settings, _now, cookie)
    if settings.sign_in == "proxy":
        return ProxyAccess(home, settings, _now)
    if settings.sign_in == "oidc":
        confirming = settings.oidc is not None and settings.oidc.confirm == "login"
        kind = ConfirmingOidcAccess if confirming else OidcAccess
        return kind(home, settings, _provider(settings), _now, cookie)
    return LinkAccess(cookie)


def _provider(settings: Settings) -> IdentityProvider:
    """Build what speaks to the identity provider; nothing is asked of it yet. Raises `SettingsError`."""
    if settings.oidc is None:
        raise SettingsError("setting 'oidc' is not given; sign_in=oidc needs oidc.issuer and oidc.client_id")
    if any(find_spec(name) is None for name in ("authlib", "httpx2", "joserfc")):
        raise SettingsError("sign_in=oidc needs Authlib: pip install 'overread[oidc]'")
    from overread.review.oidc_provider import OidcProvider

    return OidcProvider(settings.oidc, _now)


def refuse_unsafe(settings: Settings, host: str) -> None:
    """Raise `SettingsError` for what must not be served so.

    The link gives every right under any name to whoever opens it first, and what it opens leaves no person in the
    audit: that is for one user on one machine.
    """
    if settings.sign_in == "link" and host not in LOOPBACK and not settings.link_beyond_this_machine:
        raise SettingsError(
            f"the one-time link is for one user on this machine, not for {host}: with it anybody may sign as anybody. "
            "Set sign_in=accounts (overread user add), or link_beyond_this_machine=true where nobody else gets there"
        )
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingsError("tls_cert and tls_key go together; one of them is not given")
    for name, path in (("tls_cert", settings.tls_cert), ("tls_key", settings.tls_key)):
        if path is not None and not path.is_file():
            raise SettingsError(f"setting '{name}': there is no file {path}")


def _now() -> datetime:
    return datetime.now(UTC)
