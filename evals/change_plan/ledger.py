"""The ledger of looks at a test set: lines that are only added, each bound to the one before by its digest.

A line that was altered, taken out of the middle or put elsewhere breaks the chain. Lines cut off at the end do not show
in the file itself: keep the head, which every run prints, somewhere else.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, ValidationError

from overread.errors import UsageError

BEGIN = "0" * 64
"""What the first line is bound to."""


class Entry(BaseModel):
    """One line: a look that was taken, or what came of one, or why none was taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    at: datetime
    kind: Literal["look", "verdict", "refusal"]
    plan: str
    """Its name."""
    rules: str
    references: str
    """SHA-256 of the file."""
    current: str
    proposed: str
    verdict: str | None = None
    reasons: tuple[str, ...] = ()
    previous: str
    """Digest of the line before."""

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the line."""
        return hashlib.sha256(self.line.encode()).hexdigest()

    @property
    def line(self) -> str:
        """Give the one way in which it is written."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)


class Ledger:
    """The lines of a file, checked; `add` writes through to the disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries = _read(path) if path.is_file() else []

    @property
    def head(self) -> str:
        """Give the digest of the last line."""
        return self.entries[-1].digest if self.entries else BEGIN

    @property
    def looks(self) -> list[Entry]:
        """Give the looks that were taken."""
        return [entry for entry in self.entries if entry.kind == "look"]

    def add(self, entry: Entry) -> None:
        """Append a line, on disk before this returns."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(entry.line + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.entries.append(entry)


@contextmanager
def opened(path: Path) -> Iterator[Ledger]:
    """Hold the ledger for oneself while a look is decided; raises `UsageError` where its chain is broken."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_suffix(path.suffix + ".lock")):
        yield Ledger(path)


def _read(path: Path) -> list[Entry]:
    entries: list[Entry] = []
    previous = BEGIN
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError:
            entry = None
        if entry is None or entry.line != line or entry.previous != previous or entry.number != number:
            raise UsageError(f"{path.name} line {number}: the ledger was altered; put back the one that was kept")
        entries.append(entry)
        previous = entry.digest
    return entries
