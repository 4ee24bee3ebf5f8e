"""A room that reads for others in this process, and the command that asks it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from overread.cli.case_reading import read_for_others
from overread.composition import open_room
from overread.ports import Tool
from overread.settings import load_settings
from overread.warm.answering import answering
from overread.warm.seats import Seats
from tests.cli.conftest import home, overread, phantom
from tests.graphs.rooms import TRUST

__all__ = ["home", "overread", "phantom", "reader"]
Reader = Callable[..., "object"]


@contextmanager
def reading(seats: Seats | None = None, tools: dict[str, Tool] | None = None) -> Iterator[Seats]:
    """Read for others during the block."""
    settings, seats = load_settings(), seats or Seats(2)
    with (
        open_room(settings, tools=tools, trust=TRUST if tools else None) as room,
        answering(settings, read_for_others(room), seats),
    ):
        yield seats


@pytest.fixture
def reader(home: Path) -> Iterator[Seats]:
    """Have a room of this process read for others."""
    with reading() as seats:
        yield seats
