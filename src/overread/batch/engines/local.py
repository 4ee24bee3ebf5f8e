"""Reads a batch in this process; other workers of the same store may take cases of it as well."""

from overread.batch.engine import Engine, Shift
from overread.batch.worker import Worker


def build() -> Engine:
    """Give the engine."""
    return read_here


def read_here(shift: Shift) -> None:
    """Read `workers` cases at once; with 0 all are left to others."""
    worker = Worker(shift.room, slots=shift.workers, batch=shift.batch, holder=shift.holder, told=shift.told)
    worker.run(shift.stop, shift.ended, shift.look)
