"""The address where a link's token is exchanged for the login cookie."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from overread.review.access import LinkAccess
from overread.review.guard import cookies_of, encrypted

SPENT = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Overread</title></head>
<body><h1>This link was used already</h1>
<p>Each link opens the page once. Start <code>overread app</code> again for a new one.</p></body></html>"""


class LinkRoutes:
    """Sign-in by the one-time link."""

    def __init__(self, access: LinkAccess) -> None:
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer `GET /enter` of an app."""
        app.get("/enter")(self.enter)

    def enter(self, request: Request, token: str = "") -> Response:
        """Exchange a link's token for the login cookie."""
        if self._access.reader(cookies_of(request.headers), request.headers) is not None:
            return RedirectResponse("/", 303)
        login = self._access.exchange(token)
        return HTMLResponse(SPENT, 403) if login is None else entered(request, self._access.cookie, login)


def entered(request: Request, cookie: str, login: str | None, onward: str = "/") -> Response:
    """Give the login cookie, if there is a new one, and go on to the page.

    The answer is a page that goes on by itself: after a redirect a browser that came from another site would hold a
    SameSite=Strict cookie back, and an address with a token would stay in view.
    """
    answer = HTMLResponse(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Overread</title>'
        f'<meta http-equiv="refresh" content="0;url={onward}"></head><body>Opening the worklist …</body></html>'
    )
    if login is not None:
        secure = encrypted(request)
        answer.set_cookie(cookie, login, httponly=True, samesite="strict", path="/", secure=secure)
    return answer
