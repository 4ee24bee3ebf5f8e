"""The address of the calls: who asks is asked on every request, and what is wrong is said in one line."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from overread.errors import CaseBusy, CaseUnknown, OverreadError, StaleReview, UsageError
from overread.review.desk import Call, Desk
from overread.review.guard import cookies_of
from overread.review.refusals import refusal_words

MOST_BYTES = 256 * 1024
REFUSED: Mapping[type[OverreadError], int] = {StaleReview: 409, CaseBusy: 409, CaseUnknown: 404, UsageError: 422}


class CallRoutes:
    """Answers `POST /call/{name}`. The guard has turned other sites away; a form of theirs could not send JSON."""

    def __init__(self, desk: Desk, calls: Mapping[str, Call]) -> None:
        self._desk = desk
        self._calls = calls

    def add_to(self, app: FastAPI) -> None:
        """Answer the calls of an app."""
        app.post("/call/{name}")(self.answer)

    async def answer(self, request: Request, name: str) -> JSONResponse:
        """Do one call: 200 with its answer, else `error` in one line; 404 unknown, 413 too long, 415 not JSON."""
        reader = self._desk.access.reader(cookies_of(request.headers), request.headers)
        if reader is None:
            raise HTTPException(401)
        if name not in self._calls:
            raise HTTPException(404)
        sent = await sent_json(request)
        try:
            return JSONResponse(await run_in_threadpool(self._calls[name], self._desk, reader, sent))
        except OverreadError as error:
            return JSONResponse({"error": refusal_words(error)}, REFUSED.get(type(error), 500))


async def sent_json(request: Request) -> Any:
    """Read a small JSON body: 415 for anything else, 413 for a long one, 400 for one that is broken."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "what was sent is too long; shorten it")
    return _parsed(bytes(body))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "what was sent is not JSON") from None
