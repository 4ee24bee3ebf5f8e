"""The language of the interface, request by request. What a report says is another matter: it stays English."""

import gettext as catalogues
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Literal

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")
"""English is what the messages are written in; the others have a catalogue in `locale`."""
FOLDER = Path(__file__).parent / "locale"
# Templates are compiled once for all languages: what is spoken is known only while a request is answered.
_SPOKEN: ContextVar[Language] = ContextVar("language", default="en")


def language() -> Language:
    """Give the language that is spoken in the request at hand."""
    return _SPOKEN.get()


@contextmanager
def speaking(spoken: Language) -> Iterator[None]:
    """Speak a language until the end of the block."""
    token = _SPOKEN.set(spoken)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def gettext(message: str) -> str:
    """Say a message in the language that is spoken; English where the catalogue lacks it."""
    return _catalogue(_SPOKEN.get()).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Say a message for a number of things."""
    return _catalogue(_SPOKEN.get()).ngettext(one, many, count)


def chosen(setting: Language | Literal["auto"], headers: Mapping[str, str]) -> Language:
    """Give the language of a request: the setting's, or with `auto` the first that the browser asks for and is here."""
    if setting != "auto":
        return setting
    wanted = sorted(map(_weighed, headers.get("accept-language", "").split(",")), key=lambda one: -one[0])
    known = (name for weight, tag in wanted if weight > 0 for name in LANGUAGES if tag == name)
    return next(known, "en")


class Speaking:
    """ASGI middleware: speaks the language of each HTTP request while it is answered."""

    def __init__(self, app: ASGIApp, setting: Language | Literal["auto"]) -> None:
        self._app = app
        self._setting = setting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; of an HTTP request the language is set."""
        spoken = chosen(self._setting, Headers(scope=scope)) if scope["type"] == "http" else "en"
        with speaking(spoken):
            await self._app(scope, receive, send)


def _weighed(asked: str) -> tuple[float, str]:
    """Read one entry of Accept-Language (RFC 9110, 12.5.4): its weight and its primary tag."""
    tag, _, rest = asked.strip().partition(";")
    name, _, weight = rest.strip().partition("=")
    try:
        value = float(weight) if name.strip() == "q" else 1.0
    except ValueError:
        value = 0.0
    return value, tag.partition("-")[0].strip().lower()


@cache
def _catalogue(spoken: Language) -> catalogues.NullTranslations:
    if spoken == "en":
        return catalogues.NullTranslations()
    return catalogues.translation("overread", FOLDER, [spoken])
