"""The outermost layer of the page: nobody gets past it unknown, and nothing leaves without its headers."""

import re
from collections.abc import MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from overread.review.access import Access

OPEN_TO_ALL = frozenset({"/enter"})
"""Where a link's token is exchanged for the login cookie; the only address that needs no login."""
ALLOWED = re.compile(
    r"/(enter|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json)?"
    r"|/(assets|static|review)/[\w./@-]+"
    r"|/picture/c-[0-9a-f]+/[0-9]+"
    r"|/values/c-[0-9a-f]+/[0-9]+"
    r"|/mask/c-[0-9a-f]+/e-[0-9a-f]+"
    r"|/cases/new"
    r"|/progress(/c-[0-9a-f]+)?"
    r"|/call/[a-z_]+"
    r"|/stats"
    r"|/gradio_api/(queue/(join|data)/?|heartbeat/[\w-]+|startup-events|cancel|reset/?)"
)
"""All there is: no upload, file, proxy, stream, info, run or monitoring route of Gradio is reachable."""
HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), display-capture=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""Gradio builds its components with inline code and `new Function`, hence the two `unsafe-` words."""


class Guard:
    """ASGI middleware: closed addresses, foreign origins and unknown visitors are turned away before any handler."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 at a closed address, 403 to another site and 401 to nobody; pass on the rest.

        Every HTTP answer gets the headers; a websocket is never accepted.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, receive, _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not ALLOWED.fullmatch(scope["path"]):
            return PlainTextResponse("There is nothing here.", 404)
        if _foreign(headers):
            return PlainTextResponse("This request comes from another site and is refused.", 403)
        if scope["path"] in OPEN_TO_ALL:
            return None
        if self._access.reader(cookies_of(headers), headers) is None:
            return PlainTextResponse("Not logged in. Open the link that 'overread app' printed in the terminal.", 401)
        return None


def cookies_of(headers: Headers) -> dict[str, str]:
    """Read the cookies of a request; a malformed header is no cookie."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def _foreign(headers: Headers) -> bool:
    """Tell whether another site's page sent this; a browser cannot leave the Origin of a cross-site POST out."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add_headers(message, path)
        await send(message)

    return sending


def _add_headers(message: MutableMapping[str, Any], path: str) -> None:
    headers = MutableHeaders(raw=message["headers"])
    for name, value in HEADERS.items():
        headers[name] = value
    if path.startswith("/assets/"):
        # The program's own hashed files: without the cache every page load fetches megabytes again.
        headers["cache-control"] = "private, max-age=3600"
    for name in ("server", "access-control-allow-origin"):
        if name in headers:
            del headers[name]
