"""Signing in at an identity provider and out again: where the browser goes, and what it may come back with."""

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from overread.review.guard import cookies_of, encrypted
from overread.review.identity import LONGEST, NotVouched
from overread.review.link_routes import entered
from overread.review.oidc_access import OidcAccess
from overread.review.refusals import refusal_words
from overread.review.rendering import render_sign_in
from overread.review.sign_in_routes import own_page

UNLOCKED = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Overread</title></head>
<body><h1>The page is unlocked</h1><p>You can close this tab.</p><script>window.close()</script></body></html>"""

CONFIRMED = UNLOCKED.replace("The page is unlocked", "It is you").replace(
    "this tab.", "this tab, and sign in the other."
)


class OidcRoutes:
    """Answers `/sign-in`, `/sign-in/go`, `/sign-in/back` and `/sign-out`.

    All but the last are plain links: a form of ours that ends at another site's address is not sent by a browser
    (`form-action 'self'`).
    """

    def __init__(self, access: OidcAccess) -> None:
        self._access = access
        self._cookie = f"{access.cookie}_flow"

    def add_to(self, app: FastAPI) -> None:
        """Answer the four addresses of an app."""
        app.get("/sign-in")(self.page)
        app.get("/sign-in/go")(self.go)
        app.get("/sign-in/back")(self.back)
        app.post("/sign-out")(self.sign_out)

    def page(self, request: Request) -> Response:
        """Show where to sign in; who is signed in goes on to the page."""
        onward = own_page(request.query_params.get("next"))
        if self._access.reader(cookies_of(request.headers), request.headers) is not None:
            return RedirectResponse(onward, 303)
        return HTMLResponse(render_sign_in(onward, None, self._access.provider.name, out="out" in request.query_params))

    async def go(self, request: Request) -> Response:
        """Send the browser to the provider; who is signed in needs it not. 503 with the page when it is not there."""
        onward = own_page(request.query_params.get("next"))
        login = await run_in_threadpool(self._access.login, cookies_of(request.headers))
        confirms = "confirm" in request.query_params
        if login is not None and not login.locked and not confirms:
            return RedirectResponse(onward, 303)
        unlocks = "unlock" in request.query_params
        try:
            address, browser = await self._access.begin(
                self._own(request, "/sign-in/back"), onward, login, unlocks=unlocks, confirms=confirms
            )
        except NotVouched as error:
            return self._page(onward, refusal_words(error), 503)
        answer = RedirectResponse(address, 303)
        # Lax: the provider's redirect brings it back, another site's form or script does not.
        answer.set_cookie(
            self._cookie, browser, int(LONGEST.total_seconds()), path="/sign-in", httponly=True, samesite="lax",
            secure=encrypted(request),
        )  # fmt: skip
        return answer

    async def back(self, request: Request) -> Response:
        """Take what the provider's redirect brings; 403 with the page for what does not hold."""
        sent = {key: value[:4096] for key, value in request.query_params.items()}
        browser = cookies_of(request.headers).get(self._cookie, "")
        onward = "/"
        try:
            flow = self._access.flow(sent.get("state", ""), browser)
            onward = flow.onward
            person = await self._access.vouched(flow, sent)
            login = await run_in_threadpool(self._access.arrive, flow, person)
        except NotVouched as error:
            return self._page(onward, refusal_words(error), 403)
        closing = CONFIRMED if flow.confirms else UNLOCKED
        answer = (
            HTMLResponse(closing)
            if flow.unlocks or flow.confirms
            else entered(request, self._access.cookie, login, onward)
        )
        answer.delete_cookie(self._cookie, path="/sign-in")
        return answer

    async def sign_out(self, request: Request) -> Response:
        """End the login here, for every tab and process, and say where the provider's is ended (`onward`)."""
        login = await run_in_threadpool(self._access.login, cookies_of(request.headers))
        if login is not None:
            await run_in_threadpool(self._access.leave, login)
        try:
            onward = await self._access.provider.sign_out(self._own(request, "/sign-in?out=yes"))
        except NotVouched:
            onward = None
        answer = JSONResponse({"onward": onward or "/sign-in?out=yes"})
        answer.delete_cookie(self._access.cookie, path="/")
        answer.headers["clear-site-data"] = '"cache", "storage"'
        return answer

    def _own(self, request: Request, path: str) -> str:
        """Give one of our addresses as the browser knows it."""
        return (self._access.page_url or str(request.base_url)).rstrip("/") + path

    def _page(self, onward: str, said: str, status: int) -> Response:
        return HTMLResponse(render_sign_in(onward, said, self._access.provider.name), status)
