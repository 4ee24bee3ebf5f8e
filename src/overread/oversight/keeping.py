"""Take the facts of cases soon after these rest, so that who looks at the figures does not wait for their files."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from overread.oversight.collecting import Collector
from overread.store.home import Home

EVERY_SECONDS = 30.0
LAST_FILE_SECONDS = 10.0


@contextmanager
def keeping_facts(home: Home, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Look for decided cases, in a thread, as long as the block lasts, whoever decided them in whatever process."""
    stop, collector = threading.Event(), Collector(home)

    def keep() -> None:
        while not stop.is_set():
            collector.catch_up(stop)
            stop.wait(every)

    thread = threading.Thread(target=keep, name="figures", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_FILE_SECONDS)
