"""Reads a batch in this process and further ones; other workers of the same store may take cases of it as well."""

from overread.batch.engine import Engine, Shift
from overread.batch.processes import reading_along
from overread.batch.worker import Worker


def build() -> Engine:
    """Give the engine."""
    return read_here


def read_here(shift: Shift) -> None:
    """Read `workers` cases at once, shared among `processes` of which this is one; with 0 all are left to others."""
    own, *others = _shared(shift.workers, shift.processes)
    worker = Worker(
        shift.room,
        slots=own,
        batch=shift.batch,
        holder=shift.holder,
        told=shift.told,
        spending=shift.spending,
    )
    with reading_along(shift.room.services.settings, shift.batch, [each for each in others if each]):
        worker.run(shift.stop, shift.ended, shift.look)


def _shared(slots: int, processes: int) -> list[int]:
    """Share slots among processes as evenly as may be, the first processes a slot more."""
    return [slots // processes + (place < slots % processes) for place in range(processes)]
