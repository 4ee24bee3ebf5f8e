"""Carry out, beside the page, what was signed or decided and a killed process did not."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from overread.errors import OverreadError
from overread.reading_room import ReadingRoom

LOGGER = logging.getLogger(__name__)
EVERY_SECONDS = 60.0
LAST_CASE_SECONDS = 10.0


@contextmanager
def finishing(room: ReadingRoom, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Look for such cases at once and then every minute, in a thread, as long as the block lasts."""
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                room.finish()
            except (OverreadError, sa.exc.DBAPIError) as error:
                LOGGER.warning("a decided case is not carried out for now: %s", type(error).__name__)
            stop.wait(every)

    thread = threading.Thread(target=look, name="finishing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_CASE_SECONDS)
