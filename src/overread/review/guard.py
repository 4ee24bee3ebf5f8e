"""The outermost layer of the page: nobody gets past it unknown, and nothing leaves without its headers."""

import re
from collections import OrderedDict
from collections.abc import Mapping, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from overread.review.access import Access, Reader
from overread.review.metrics_route import ADDRESS as METRICS
from overread.review.metrics_route import MetricsAccess
from overread.review.static_files import address

ALLOWED = re.compile(
    r"/(enter|sign-in(/go|/back)?|sign-out|session|config/?|theme\.css|favicon\.ico|robots\.txt|manifest\.json)?"
    r"|/(assets|static|review)/[\w./@-]+"
    r"|/picture/c-[0-9a-f]+/[0-9]+"
    r"|/preview/c-[0-9a-f]+/[0-9]+"
    r"|/values/c-[0-9a-f]+/[0-9]+"
    r"|/mask/c-[0-9a-f]+/e-[0-9a-f]+"
    r"|/cases/(new|phantom)"
    r"|/dictation/c-[0-9a-f]+"
    r"|/progress(/c-[0-9a-f]+)?"
    r"|/call/[a-z_]+"
    r"|/stats|/help|/words|/metrics"
    r"|/gradio_api/(queue/(join|data)/?|heartbeat/[\w-]+|startup-events|cancel|reset/?|app_id)"
)
"""All there is: no upload, file, proxy, stream, info, run or monitoring route of Gradio is reachable.

By `app_id`, a number that says nothing, a page that lost the server finds out that it is there again."""
STREAMS = re.compile(r"/gradio_api/heartbeat/([\w-]+)")
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

MICROPHONE = HEADERS["permissions-policy"].replace("microphone=()", "microphone=(self)")
"""Where the page may hear sentences."""
MOST_STREAMS = 10_000
"""Browser sessions whose owner is remembered."""


class Guard:
    """ASGI middleware: closed addresses, foreign origins and unknown visitors are turned away before any handler."""

    def __init__(
        self, app: ASGIApp, access: Access, *, microphone: bool = False, metrics: MetricsAccess | None = None
    ) -> None:
        self._app = app
        self._access = access
        self._metrics = metrics
        self._headers = {**HEADERS, "permissions-policy": MICROPHONE} if microphone else HEADERS
        self._owners: OrderedDict[str, str] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 at a closed address, 403 to another site and 401 to nobody; pass on the rest.

        Every HTTP answer gets the headers; a websocket is never accepted.
        """
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            refusal = self._refusal(scope)
            await (refusal or self._app)(scope, receive, _with_headers(send, scope["path"], self._headers))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if not ALLOWED.fullmatch(scope["path"]):
            return PlainTextResponse("There is nothing here.", 404)
        if _foreign(headers):
            return PlainTextResponse("This request comes from another site and is refused.", 403)
        sender = str((scope.get("client") or ("",))[0])
        if scope["path"] == METRICS:
            # No login opens it, and what opens it is no login.
            admitted = self._metrics is not None and self._metrics.admits(headers, sender)
            return None if admitted else PlainTextResponse("There is nothing here.", 404)
        if said := self._access.stranger(headers, sender):
            return PlainTextResponse(said, 403)
        if scope["path"] in self._access.open_to_all:
            return None
        reader = self._access.reader(cookies_of(headers), headers)
        if reader is None:
            return self._to_sign_in(scope) or PlainTextResponse(self._access.advice, 401)
        return None if self._owns_stream(reader, scope) else PlainTextResponse("There is nothing here.", 404)

    def _to_sign_in(self, scope: Scope) -> Response | None:
        """Send a browser that opens the page to where people sign in, if that is with us."""
        if self._access.page is None or scope["path"] != "/" or scope["method"] != "GET":
            return None
        shown = "/?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "/"
        return RedirectResponse(f"{self._access.page}?next={quote(shown, safe='')}", 303)

    def _owns_stream(self, reader: Reader, scope: Scope) -> bool:
        """Tell whether the answers that a request listens to are its own: Gradio gives them to whoever knows a name."""
        names = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        names += STREAMS.findall(scope["path"])
        for name in names:
            if self._owners.setdefault(name, reader.key) != reader.key:
                return False
            self._owners.move_to_end(name)
        while len(self._owners) > MOST_STREAMS:
            self._owners.popitem(last=False)
        return True


def cookies_of(headers: Headers) -> dict[str, str]:
    """Read the cookies of a request; a malformed header is no cookie."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def encrypted(request: Request) -> bool:
    """Tell whether the browser speaks TLS, with us or with the proxy in front."""
    return request.url.scheme == "https"


def _foreign(headers: Headers) -> bool:
    """Tell whether another site's page sent this; a browser cannot leave the Origin of a cross-site POST out."""
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _with_headers(send: Send, path: str, headers: Mapping[str, str]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            _add_headers(message, path, headers)
        await send(message)

    return sending


def _add_headers(message: MutableMapping[str, Any], path: str, given: Mapping[str, str]) -> None:
    headers = MutableHeaders(raw=message["headers"])
    for name, value in given.items():
        headers[name] = value
    if path == "/sign-in":
        # Under no-referrer a browser sends its own form with the origin "null", as another site's.
        headers["referrer-policy"] = "same-origin"
    if path.startswith("/assets/"):
        # The program's own hashed files: without the cache every page load fetches megabytes again.
        headers["cache-control"] = "private, max-age=3600"
    if path.startswith(f"{address()}/"):
        headers["cache-control"] = "private, max-age=31536000, immutable"
    for name in ("server", "access-control-allow-origin"):
        if name in headers:
            del headers[name]
