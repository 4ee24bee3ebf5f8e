"""Signing in with name and password, locking, signing out: plain pages that work without a script."""

import re
from urllib.parse import parse_qs

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from overread.review.access import Refused
from overread.review.accounts import AccountAccess
from overread.review.guard import cookies_of
from overread.review.link_routes import entered
from overread.review.refusals import refusal_words
from overread.review.rendering import render_sign_in

MOST_BYTES = 4096
OWN_PAGE = re.compile(r"/(\?[\w=&%.+-]{0,500})?")
"""Where somebody may be sent after signing in: the page and what it shows, never another site."""


class SignInRoutes:
    """Answers the addresses that are open to somebody who is not signed in; `Origin` was checked by the guard."""

    def __init__(self, access: AccountAccess) -> None:
        self._access = access

    def add_to(self, app: FastAPI) -> None:
        """Answer `/sign-in` and `/sign-out` of an app."""
        app.get("/sign-in")(self.form)
        app.post("/sign-out")(self.sign_out)
        app.post("/sign-in")(self.sign_in)

    def form(self, request: Request) -> Response:
        """Show the form; who is signed in goes on to the page."""
        onward = own_page(request.query_params.get("next"))
        if self._access.reader(cookies_of(request.headers), request.headers) is not None:
            return RedirectResponse(onward, 303)
        return self._page(onward)

    async def sign_in(self, request: Request) -> Response:
        """Check name and password and give the login cookie; 401 or 429 with the form again."""
        sent = await _form(request)
        onward, name = own_page(sent.get("next")), sent.get("name", "").strip().lower()[:256]
        access, cookies = self._access, cookies_of(request.headers)
        try:
            login = await run_in_threadpool(
                access.sign_in, name, sent.get("password", "")[:1024], address_of(request), cookies
            )
        except Refused as error:
            return self._page(onward, refusal_words(error), 401)
        return entered(request, access.cookie, login, onward)

    def sign_out(self, request: Request) -> Response:
        """End the login, for every tab and process."""
        login = self._access.login(cookies_of(request.headers))
        if login is not None:
            self._access.leave(login)
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(self._access.cookie, path="/")
        # What the browser keeps of the page goes too.
        answer.headers["clear-site-data"] = '"cache", "storage"'
        return answer

    def _page(self, onward: str, said: str | None = None, status: int = 200) -> Response:
        return HTMLResponse(render_sign_in(onward, said), status)


def own_page(asked: str | None) -> str:
    """Give the address that was asked for when it is one of the page's own, else the worklist."""
    return asked if asked and OWN_PAGE.fullmatch(asked) else "/"


def address_of(request: Request) -> str:
    """Give the address that the request came from."""
    return request.client.host if request.client else ""


async def _form(request: Request) -> dict[str, str]:
    """Read a small form; 413 for a long one, 415 for anything else."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    said = parse_qs(bytes(body).decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=8)
    return {key: values[0] for key, values in said.items()}
