"""Two addresses that a page asks again and again while cases are read: what one is at, and what all of them are at."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, HTTPException, Request

from overread.errors import CaseUnknown
from overread.reading_room import ReadingRoom
from overread.records import CaseStatus, Progress
from overread.review.access import Access, Reader
from overread.review.first_reading import is_hidden, is_shown
from overread.review.guard import cookies_of
from overread.review.permission import granted
from overread.review.progress_view import progress_view, row_words
from overread.review.rendering import render_progress

MOVING: tuple[CaseStatus, ...] = ("received", "running")


class ProgressRoutes:
    """Answers from the store's own records, whichever process reads the case; it holds no state."""

    def __init__(self, room: ReadingRoom, access: Access, clock: Callable[[], datetime] | None = None) -> None:
        self._room = room
        self._access = access
        self._clock = clock or (lambda: datetime.now(UTC))

    def add_to(self, app: FastAPI) -> None:
        """Answer `GET /progress` and `GET /progress/{case_id}` of an app."""
        app.get("/progress")(self.all)
        app.get("/progress/{case_id}")(self.one)

    def all(self, request: Request) -> dict[str, Any]:
        """Give what each case that is not at rest is at, by case id: words, None where nobody reads it yet."""
        reader = self._reader(request)
        moving = self._room.store.rows(MOVING)
        seen = self._access.among(reader, "list", (row.case_id for row in moving))
        rows = [row.case_id for row in moving if row.case_id in seen]
        return {"cases": {case_id: row_words(self._progress(reader, case_id)) for case_id in rows}}

    def one(self, request: Request, case_id: str) -> dict[str, Any]:
        """Say whether a case is still being read and how many alerts it has; give the list of its steps as HTML."""
        if granted(self._room, self._access, self._reader(request), "read", case_id) is None:
            raise HTTPException(404)
        try:
            status = self._room.store.row(case_id).status
        except CaseUnknown:
            raise HTTPException(404) from None
        reader = self._reader(request)
        view = progress_view(self._progress(reader, case_id), self._clock())
        raised = self._room.store.alerts(case_id)
        alerts = sum(map(is_shown, raised)) if is_hidden(self._room, reader, case_id) else len(raised)
        return {"moving": status in MOVING, "alerts": alerts, "html": render_progress(view)}

    def _progress(self, reader: Reader, case_id: str) -> Progress | None:
        """Give what a case is at; its questions name findings, so that a first read comes before."""
        return None if is_hidden(self._room, reader, case_id) else self._room.home.progress.read(case_id)

    def _reader(self, request: Request) -> Reader:
        reader = self._access.reader(cookies_of(request.headers), request.headers)
        if reader is None:
            raise HTTPException(401)
        return reader
