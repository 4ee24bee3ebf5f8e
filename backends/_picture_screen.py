"""Which pictures a model server may be sent: text in them is painted over before they leave this machine."""

import ipaddress
from collections.abc import Callable
from functools import cached_property

import httpx

from overread.errors import SettingsError, Unavailable
from overread.pixel_text.finder import open_finder
from overread.pixel_text.found import TextFinder
from overread.pixel_text.masking import filled, identifying
from overread.ports import Picture
from overread.serving.launch import WILDCARDS
from overread.settings import LOOPBACK, ModelSpec, Settings


class Screen:
    """Paints over the text in pictures for one model's server."""

    def __init__(self, model: str, find: Callable[[], TextFinder] = open_finder) -> None:
        self._model = model
        self._find = find

    def __call__(self, picture: Picture) -> Picture:
        """Give the picture [rows, columns] without its text; raises `Unavailable` where that cannot be found."""
        boxes = identifying(self._finder.find(picture))
        return filled(picture, boxes) if boxes else picture

    @cached_property
    def _finder(self) -> TextFinder:
        try:
            return self._find()
        except SettingsError as error:
            raise Unavailable(
                f"pictures are not sent to the server of model '{self._model}', which is on another machine: {error}; "
                "or set mask_text=never where the pictures hold no names"
            ) from None


def screen_for(model: str, spec: ModelSpec, settings: Settings) -> Screen | None:
    """Give what pictures pass through on their way to a model; None where they go as they are."""
    if settings.mask_text == "never":
        return None
    return Screen(model) if settings.mask_text == "always" or not stays_here(_expected(spec, settings)) else None


def stays_here(url: str) -> bool:
    """Say whether an address is of this machine alone: the loopback, by name or number."""
    host = httpx.URL(url).host
    if host in LOOPBACK:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _expected(spec: ModelSpec, settings: Settings) -> str:
    """Give where the server will be; one that turns out to be elsewhere is not asked (`ServerClient`)."""
    host = WILDCARDS.get(settings.serving.host, settings.serving.host)
    return spec.url or str(httpx.URL(scheme="http", host=host))
