"""The language of the interface, request by request. What a report says is another matter: it stays English."""

import gettext as catalogues
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from overread.errors import UsageError
from overread.speech import ENGLISH, Speech

FOLDER = Path(__file__).parent / "locale"
PLACE = "LC_MESSAGES/overread.po"
FORMS = 200
"""Numbers whose plural form a script is told."""
COOKIE = "overread_language"
"""What a reader chose on the page; it holds the tag of a language and nothing else."""
# Templates are compiled once for all languages: what is spoken is known only while a request is answered.
_SPOKEN: ContextVar[Speech] = ContextVar("speech", default=ENGLISH)
_OFFERED: ContextVar[tuple[str, ...]] = ContextVar("languages", default=(ENGLISH.name,))


class Translated(Speech):
    """A language by its catalogue, with its figures and days as CLDR writes them (Unicode TR35, by Babel)."""

    def __init__(self, name: str, catalogue: Catalog) -> None:
        self.name = name
        self._catalogue = catalogue
        self._compiled = _compiled(catalogue)
        self._locale = _locale(name)

    def gettext(self, message: str) -> str:
        """Say a message; English where the catalogue lacks it, and nothing for nothing: its head stands there."""
        return self._compiled.gettext(message) if message else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Say a message for a number of things, by the plural forms of the language."""
        return self._compiled.ngettext(one, many, count)

    def by_message(self) -> dict[str, str | list[str]]:
        """Give all translations by what is said in English; a plural by its singular, as the list of its forms."""
        said: dict[str, str | list[str]] = {}
        for each in self._catalogue:
            if isinstance(each.id, str) and each.id and isinstance(each.string, str):
                said[each.id] = each.string
            elif each.id and each.string:
                said[each.id[0]] = list(each.string)
        return said

    def plural_forms(self) -> list[int]:
        """Give the place of the plural form for each number from 0 to 199; from there on the last hundred repeats.

        No rule of CLDR for whole numbers looks further than the last two figures, but for those of full millions.
        """
        form = catalogues.c2py(self._catalogue.plural_expr)
        return [form(number) for number in range(FORMS)]

    def number(self, value: float, digits: int = 0) -> str:
        """Write a figure with the decimal sign of the language."""
        pattern = f"0.{'0' * digits}".rstrip(".")
        return format_decimal(value, pattern, locale=self._locale) if self._locale else super().number(value, digits)

    def figures(self, value: float) -> str:
        """Write a measurement with three significant figures and the decimal sign of the language."""
        return super().figures(value).replace(".", get_decimal_symbol(self._locale) if self._locale else ".")

    def counted(self, value: int) -> str:
        """Write a large number in the groups of the language."""
        return format_decimal(value, locale=self._locale) if self._locale else super().counted(value)

    def day(self, day: date) -> str:
        """Write a day with all its figures, as the language orders them."""
        return format_date(day, "medium", locale=self._locale) if self._locale else super().day(day)


class Languages:
    """The languages there are: English, in which the messages are written, and each that has a catalogue."""

    def __init__(self, more: Path | None = None) -> None:
        """Find the catalogues that ship, and those of a folder of the site's own."""
        folders = [FOLDER, *([more] if more else [])]
        self._files = {path.parts[-3]: path for folder in folders for path in sorted(folder.glob(f"*/{PLACE}"))}
        self._known: dict[str, Speech] = {ENGLISH.name: ENGLISH}

    @property
    def names(self) -> tuple[str, ...]:
        """Name the languages, English first."""
        return (ENGLISH.name, *sorted(self._files))

    def speech(self, name: str) -> Speech:
        """Give a language; raises `UsageError` for one without a catalogue."""
        if name not in self._known:
            if name not in self._files:
                raise UsageError(f"no catalogue for the language '{name}'; there are: {', '.join(self.names)}")
            with self._files[name].open("rb") as file:
                self._known[name] = Translated(name, read_po(file, locale=None))
        return self._known[name]

    def chosen(self, setting: str, headers: Mapping[str, str]) -> Speech:
        """Give the language of a request: the one chosen on the page, else the setting's.

        With `auto` that is the first that the browser asks for and that is here.
        """
        own = _cookie(headers.get("cookie", ""))
        if own in self.names:
            return self.speech(own)
        if setting != "auto":
            return self.speech(setting)
        wanted = sorted(map(_weighed, headers.get("accept-language", "").split(",")), key=lambda one: -one[0])
        return self.speech(next((tag for weight, tag in wanted if weight > 0 and tag in self.names), ENGLISH.name))


@cache
def languages(more: Path | None = None) -> Languages:
    """Give the languages that ship, and those of a further folder; each catalogue is read once."""
    return Languages(more)


def speech() -> Speech:
    """Give what the request at hand is answered in."""
    return _SPOKEN.get()


def language() -> str:
    """Give the tag of the language that is spoken in the request at hand."""
    return _SPOKEN.get().name


def offered() -> tuple[str, ...]:
    """Name the languages that a reader may choose from in the request at hand."""
    return _OFFERED.get()


@contextmanager
def speaking(spoken: Speech, names: tuple[str, ...] = ()) -> Iterator[None]:
    """Speak a language until the end of the block, and offer those named."""
    token, others = _SPOKEN.set(spoken), _OFFERED.set(names or (spoken.name,))
    try:
        yield
    finally:
        _SPOKEN.reset(token)
        _OFFERED.reset(others)


def gettext(message: str) -> str:
    """Say a message in the language that is spoken."""
    return _SPOKEN.get().gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """Say a message for a number of things."""
    return _SPOKEN.get().ngettext(one, many, count)


class Speaking:
    """ASGI middleware: speaks the language of each HTTP request while it is answered."""

    def __init__(self, app: ASGIApp, known: Languages, setting: str) -> None:
        """Raise `UsageError` where the setting names a language that is not here."""
        known.chosen(setting, {})
        self._app = app
        self._known = known
        self._setting = setting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; of an HTTP request the language is set."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        with speaking(self._known.chosen(self._setting, headers), self._known.names):
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


def _cookie(header: str) -> str | None:
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header)
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None


def _compiled(catalogue: Catalog) -> catalogues.GNUTranslations:
    packed = BytesIO()
    write_mo(packed, catalogue)
    packed.seek(0)
    return catalogues.GNUTranslations(packed)


def _locale(name: str) -> Locale | None:
    """Give what CLDR knows of a language; None for one that it does not know, whose figures are written as English."""
    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return None
