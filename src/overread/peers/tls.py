"""TLS to a named system: always verified."""

import ssl
from pathlib import Path

from overread.errors import SettingsError
from overread.peers.records import Tls


def context_of(tls: Tls | None, peer: str) -> ssl.SSLContext:
    """Make the context; raises `SettingsError` where a file of it cannot be used."""
    try:
        context = ssl.create_default_context(cafile=_text(tls.ca_file) if tls else None)
        if tls is not None and tls.cert_file is not None:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"remote system '{peer}': a file of 'tls' cannot be used: {type(error).__name__}") from None
    return context


def server_context_of(tls: Tls, peer: str) -> ssl.SSLContext:
    """Make the context of our own listener, which asks for the other side's certificate; raises as `context_of`."""
    if tls.cert_file is None:
        raise SettingsError(f"remote system '{peer}': to listen with TLS, 'tls' needs 'cert_file' and 'key_file'")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=_text(tls.ca_file))
        context.load_cert_chain(tls.cert_file, tls.key_file)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"remote system '{peer}': a file of 'tls' cannot be used: {type(error).__name__}") from None
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
