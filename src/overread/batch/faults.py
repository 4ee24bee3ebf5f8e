"""Which faults pass by themselves, so that the same case is worth another try.

A tool whose model does not answer is no fault of the case: the tool was tried again already (`tool_attempts`), and the
draft says that it failed.
"""

from overread.errors import CaseBusy, OverreadError, PeerError, Unavailable
from overread.store.database import is_away

AWAY = frozenset({"not_reached", "no_answer", "unavailable"})
"""Troubles of a remote system that pass."""
LONGEST_WAIT_SECONDS = 600.0


def is_busy(error: BaseException) -> bool:
    """Tell whether somebody else works on the case or its study: no fault at all, only too early."""
    return isinstance(error, CaseBusy)


def passes(error: BaseException) -> bool:
    """Tell whether another try may go well.

    That is where the database or a model cannot be reached (`Unavailable`), a remote system is away (`PeerError` of the
    kinds in `AWAY`), or the operating system failed (`OSError`: a share that is gone, a full disk). Nothing else: what
    is wrong with an input, a setting or the program stays wrong.
    """
    if isinstance(error, PeerError):
        return error.kind in AWAY
    return isinstance(error, Unavailable | OSError) or is_away(error)


def said(error: BaseException) -> str:
    """Tell our own errors; the text of a foreign one may hold a patient's data."""
    return str(error) if isinstance(error, OverreadError) else f"stopped with {type(error).__name__}"


def fault_of(error: BaseException) -> str:
    """Name a fault in one word: the trouble of a remote system (`PeerError.kind`), else the error's type."""
    return error.kind if isinstance(error, PeerError) else type(error).__name__


def wait_before(attempt: int, first_seconds: float) -> float:
    """Give the seconds before a try, the second of which is attempt 1; each wait is twice the one before."""
    return min(first_seconds * 2.0 ** (attempt - 1), LONGEST_WAIT_SECONDS)
