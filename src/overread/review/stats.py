"""The figures of the signed cases at an address of their own: of the cases that the reader may see."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from overread.oversight.collecting import Collector, Window, everybody_may
from overread.oversight.page import stats_page
from overread.oversight.stats import stats_of
from overread.reading_room import ReadingRoom
from overread.review.access import Access, Reader
from overread.review.guard import cookies_of
from overread.review.language import speech

ADDRESS = "/stats"
DAYS = 90
"""How far back the page looks until a day is chosen."""
READ_SECONDS = 1.0
"""How long a look at the page reads case files that are new to it; the page says how many are left."""


class StatsRoutes:
    """Counts what was decided; asks the access which cases the reader may see."""

    def __init__(self, room: ReadingRoom, access: Access, clock: Callable[[], datetime] | None = None) -> None:
        self._access = access
        self._collector = Collector(room.home)
        self._counting = threading.Lock()
        self._clock = clock or (lambda: datetime.now(UTC))

    def add_to(self, app: FastAPI) -> None:
        """Answer the address of an app."""
        app.get(ADDRESS)(self.page)

    def page(self, request: Request, since: str = "", of: str = "patients") -> Response:
        """Give the page: cases decided from `since` (YYYY-MM-DD) on, of patients or of phantoms."""
        reader = self._access.reader(cookies_of(request.headers), request.headers)
        if reader is None:
            raise HTTPException(404)
        if of not in ("patients", "phantoms"):
            raise HTTPException(422, "of is patients or phantoms")
        window = Window(self._first_day(since), None, of == "phantoms")
        # One at a time: two would read the same case files.
        with self._counting:
            found = self._collector.counted(window, self._may_read(reader), seconds=READ_SECONDS)
        stats = stats_of(found.facts, window, self._clock())
        return HTMLResponse(stats_page(stats, "dark", home="/", missing=found.missing, say=speech()))

    def _may_read(self, reader: Reader) -> Callable[[str], bool]:
        only = self._access.only(reader, "read")
        return everybody_may if only is None else only.__contains__

    def _first_day(self, text: str) -> datetime:
        if not text:
            return (self._clock() - timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise HTTPException(422, "since is a day, YYYY-MM-DD") from None
