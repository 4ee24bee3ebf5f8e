"""What an engine is given of a batch, and the engines by name."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from overread.batch.worker import Told
from overread.errors import UsageError
from overread.observing.spending import Spending
from overread.reading_room import ReadingRoom

ENGINES = ("local", "ray")
"""Files in `engines/`."""


@dataclass(frozen=True)
class Shift:
    """A batch whose cases are in the queue, or come into it."""

    room: ReadingRoom
    batch: str
    holder: str
    """In whose name the batch leases its cases; an engine of several workers adds to it."""
    workers: int
    """Cases in flight, at least 0."""
    stop: threading.Event
    """Once it is set, what is in flight is finished and nothing else begun."""
    ended: Callable[[], bool]
    """Whether every case of the batch is settled; asks the database."""
    told: Told
    """Hears of what this process settled itself."""
    look: Callable[[], None]
    """To be called now and then: takes up what others settled."""
    processes: int = 1
    """Of the local engine, this one counted."""
    spending: Spending | None = None
    """Counts what the models of this process are asked."""


Engine = Callable[[Shift], None]
"""Reads until the batch has ended, or is stopped; what interrupts it gives the cases in flight back."""


def engine_named(name: str) -> Engine:
    """Give an engine; raises `UsageError` where there is none of the name or what it needs is not installed."""
    if name not in ENGINES:
        raise UsageError(f"--engine {name}: there are {' and '.join(ENGINES)}")
    engine: Engine = import_module(f"overread.batch.engines.{name}").build()
    return engine
