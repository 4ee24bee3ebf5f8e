"""Carry out, beside the page, what was signed or decided and a killed process did not."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from overread.errors import OverreadError
from overread.reading_room import ReadingRoom
from overread.store.database import is_away

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
                room.finish(_tell)
            except Exception as error:
                if not (is_away(error) or isinstance(error, OverreadError | sa.exc.DBAPIError)):
                    raise
                LOGGER.warning("decided cases are not carried out for now: %s", type(error).__name__)
            stop.wait(every)

    thread = threading.Thread(target=look, name="finishing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_CASE_SECONDS)


def _tell(case_id: str, error: Exception) -> None:
    LOGGER.warning("case %s is decided and not carried out for now: %s", case_id, type(error).__name__)
