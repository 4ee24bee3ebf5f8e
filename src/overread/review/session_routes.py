"""What an open page asks about its own login: who is signed in, whether it is locked; and the way to unlock it."""

from typing import Any, Literal

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from overread.review.access import Access, Refused
from overread.review.accounts import AccountAccess
from overread.review.calling import sent_json
from overread.review.forms import Form, read_form
from overread.review.guard import cookies_of
from overread.review.language import gettext
from overread.review.login_access import LoginAccess
from overread.review.refusals import refusal_words
from overread.review.sign_in_routes import address_of


class SessionForm(Form):
    """`seen`: the person did something · `lock`: now · `unlock`: with the password."""

    do: Literal["seen", "lock", "unlock"]
    password: str = Field(default="", max_length=1024)


class SessionRoutes:
    """Answers `/session`, also of a locked login: it tells who locked it, and nothing of a case."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._logins = access if isinstance(access, LoginAccess) else None

    def add_to(self, app: FastAPI) -> None:
        """Answer `GET` and `POST /session` of an app."""
        app.get("/session")(self.state)
        app.post("/session")(self.change)

    def state(self, request: Request) -> dict[str, Any]:
        """Say who is signed in, in which role, by which way, and whether the page is locked; 401 for nobody."""
        cookies = cookies_of(request.headers)
        if self._logins is not None:
            return _of_login(self._logins, cookies)
        reader = self._access.reader(cookies, request.headers)
        if reader is None:
            raise HTTPException(401)
        return {"way": self._access.way, "name": reader.name, "role": reader.works_as, "locked": False, "idle": None}

    async def change(self, request: Request) -> JSONResponse:
        """Note that the person is there, lock, or unlock; 403 with `error` for a wrong password."""
        sent = await sent_json(request)
        if self._logins is None:
            raise HTTPException(401)
        return await run_in_threadpool(_change, self._logins, request, sent)


def _change(access: LoginAccess, request: Request, sent: Any) -> JSONResponse:
    cookies = cookies_of(request.headers)
    form, login = read_form(SessionForm, sent), access.login(cookies)
    if login is None:
        raise HTTPException(401)
    if form.do == "lock":
        access.lock(login)
    elif form.do == "seen" and not login.locked:
        access.logins.seen(login.digest)
    elif form.do == "unlock":
        if not isinstance(access, AccountAccess):
            return JSONResponse({"error": gettext("No password is kept here; unlock where you signed in.")}, 403)
        try:
            access.unlock(login, form.password, address_of(request))
        except Refused as error:
            return JSONResponse({"error": refusal_words(error)}, 403)
    return JSONResponse(_of_login(access, cookies))


def _of_login(access: LoginAccess, cookies: dict[str, str]) -> dict[str, Any]:
    login = access.login(cookies)
    if login is None:
        raise HTTPException(401)
    idle = access.idle.total_seconds() if access.idle else None
    user = login.user
    return {
        "way": access.way, "name": user.display_name, "role": user.role, "locked": login.locked, "idle": idle,
    }  # fmt: skip
