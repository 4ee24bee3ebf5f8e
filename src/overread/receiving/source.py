"""Where studies come from: each source is one file beside this one and does these few things."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from overread.records import Received
from overread.store.arrivals import Seen


@dataclass(frozen=True)
class Look:
    """What a source has: all that may be new since `position`, and all that was asked after."""

    seen: tuple[Seen, ...] = ()
    gone: frozenset[str] = frozenset()
    """Keys that were asked after and are not there any more."""
    position: int | None = None
    """Where to go on the next time; None for a source that has no order."""
    notes: tuple[str, ...] = ()
    """What an operator should know, without a value of a patient."""


@dataclass(frozen=True)
class Fetched:
    """The files of a study; none for one in which nothing is read here."""

    paths: tuple[Path, ...]
    order: Path | None = None
    """A file with its order that came with it."""


class Source(Protocol):
    """A place that studies come from."""

    kind: str
    """One word, for the audit."""
    where: str
    """For people: an address or a folder, without credentials."""
    identity: str
    """Names it in the store, always the same for the same place."""
    quiet_seconds: float
    """For so long nothing of a study may change before it is read."""

    def look(self, position: int | None, waiting: Collection[str]) -> Look:
        """Say what is new, and how those that wait are by now; raises `PeerError` where it cannot be reached."""

    def fetch(self, key: str, folder: Path) -> Fetched | None:
        """Put a study's files into an empty folder, or say where they lie; None where it is gone.

        Raises `PeerError` where the source cannot be reached, `Unreadable` for more than the limits allow.
        """

    def begin(self, key: str) -> None:
        """Show that work on it begins."""

    def end(self, key: str, received: Received) -> None:
        """Show what became of it; done twice it is done once."""

    def key_of(self, study_uid: str) -> str | None:
        """Give the key of a study; None where there is none such. Raises `UsageError` where it has no study UIDs."""
