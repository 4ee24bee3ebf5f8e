"""The address where one sentence is heard: sound in, words out, and nothing is kept of either."""

from collections.abc import Mapping

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from overread.dictation import Recogniser
from overread.dictation.doubt import doubted
from overread.dictation.sound import MOST_BYTES, samples_of
from overread.dictation.terms import terms_of
from overread.dictation.watched import watched
from overread.errors import CaseUnknown, OverreadError, UsageError
from overread.review.access import Reader
from overread.review.desk import Desk
from overread.review.guard import cookies_of
from overread.review.refusals import refusal_words

REFUSED: Mapping[type[OverreadError], int] = {CaseUnknown: 404, UsageError: 422}


class DictationRoutes:
    """Answers `POST /dictation/{case_id}` to those who may review the case."""

    def __init__(self, desk: Desk, recogniser: Recogniser) -> None:
        self._desk = desk
        self._recogniser = recogniser

    def add_to(self, app: FastAPI) -> None:
        """Answer the one address of an app."""
        app.post("/dictation/{case_id}")(self.hear)

    async def hear(self, request: Request, case_id: str) -> JSONResponse:
        """Answer with `text`, `watched`, the places of sides and negations, and `doubted`, those that must be looked at
        (`otherwise`: the other hearing); else `error` in one line.

        413 too long, 415 no WAV; who may not review the case is refused before a byte is read.
        """
        reader = self._desk.access.reader(cookies_of(request.headers), request.headers)
        if reader is None:
            raise HTTPException(401)
        if request.headers.get("content-type") != "audio/wav":
            raise HTTPException(415)
        try:
            await run_in_threadpool(self._desk.decidable, reader, case_id)
            sent = await _sound(request)
            return JSONResponse(await run_in_threadpool(self._heard, reader, case_id, sent))
        except OverreadError as error:
            return JSONResponse({"error": refusal_words(error)}, REFUSED.get(type(error), 500))

    def _heard(self, reader: Reader, case_id: str, sent: bytes) -> dict[str, object]:
        samples = samples_of(sent)
        text = self._recogniser.hear(samples, terms_of(self._desk.file(reader, case_id)))
        if not text:
            raise UsageError("no words were heard; say it again")
        # Told nothing it hears on its own; where the two part over a side or a negation, a person decides.
        otherwise = self._recogniser.hear(samples, "")
        return {"text": text, "watched": watched(text), "doubted": doubted(text, otherwise), "otherwise": otherwise}


async def _sound(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, "that is too long; say one sentence")
    return bytes(body)
