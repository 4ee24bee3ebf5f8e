"""Take one input to its review and write its folder: what `read` does once and `batch` many times."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread.admission import AdmittedCase
from overread.case_runs import Listener
from overread.errors import Unreadable
from overread.outputs.delivery import write_case
from overread.outputs.draft_policy import held_back
from overread.prior_intake import GivenPriors
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Order, Refusal

Tell = Callable[[AdmittedCase], None]
"""Is told of an input as soon as it is taken in, before any model looks."""

UNREADABLE = frozenset({"unreadable", "empty_input", "too_large", "corrupt_pixels"})
"""Reasons that mean the input could not be read, rather than that it was read and refused."""


@dataclass(frozen=True)
class CaseRead:
    """What came of an input: a case with its folder, or the reason why there is none."""

    file: CaseFile | None
    folder: Path | None
    refusal: Refusal | None
    held_back: str | None = None
    """Why the case was read and nothing was written."""

    @property
    def unreadable(self) -> bool:
        """Say whether the input could not be read at all, rather than that it was read and refused."""
        return self.file is None and self.refusal is not None and self.refusal.reason in UNREADABLE


def read_one(
    room: ReadingRoom,
    paths: Sequence[Path],
    out: Path,
    *,
    order: Order | None = None,
    priors: GivenPriors = (),
    tell: Tell | None = None,
    listen: Listener | None = None,
) -> CaseRead:
    """Read one case up to its review into `out/<case_id>`; `listen` is told of each step."""
    taken = take_one(room, paths, order=order, priors=priors, tell=tell)
    return taken if isinstance(taken, CaseRead) else finish_one(room, taken, out, listen)


def take_one(
    room: ReadingRoom,
    paths: Sequence[Path],
    *,
    order: Order | None = None,
    priors: GivenPriors = (),
    tell: Tell | None = None,
) -> str | CaseRead:
    """Take an input in and give its case id, or why it became no case; `tell` hears of what was left out at once."""
    try:
        taken = room.take_in(paths, order=order, priors=priors)
    except Unreadable as error:
        return CaseRead(None, None, refusal_of(error))
    if not isinstance(taken, AdmittedCase):
        return CaseRead(None, None, taken.refusal)
    if tell is not None:
        tell(taken)
    return taken.case.case_id


def finish_one(room: ReadingRoom, case_id: str, out: Path, listen: Listener | None = None) -> CaseRead:
    """Read a case that was taken in and write its folder; a case that fails on the way keeps what it had.

    Where the setting `draft_policy` keeps a draft back nothing is written; it waits for its review all the same.
    """
    try:
        file = room.read(case_id, listen)
    except BaseException:
        _write(room, room.file(case_id), out)
        raise
    folder, why = _write(room, file, out)
    return CaseRead(file, folder, file.gate.refusal if file.gate else None, why)


def _write(room: ReadingRoom, file: CaseFile, out: Path) -> tuple[Path | None, str | None]:
    """Write a case's folder and give it, or why its draft is kept back."""
    if why := held_back(file, room.services.settings.draft_policy):
        return None, why
    folder = out / file.case_id
    write_case(file, folder, room.home.artifacts, room.home.pictures)
    return folder, None


def refusal_of(error: Unreadable) -> Refusal:
    """Make the typed refusal of an error; its `reason` must be a `RefusalReason`."""
    return Refusal.model_validate({"reason": error.reason, "detail": error.detail, "next_step": error.next_step})
