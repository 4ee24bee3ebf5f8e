"""A watch folder: each sub folder, zip or file in it is one study.

The habits are mercure's (https://github.com/mercure-imaging/mercure): `NAME.lock` beside an entry says that its sender
is not done; we put `NAME.processing` there, and at the end `NAME.processed` or `NAME.error` with what became of it as
JSON. `NAME.force-complete` has it read as it is. Without its last marker an entry is read again. Nothing that was given
is ever moved, changed or deleted.
"""

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from overread.errors import UsageError
from overread.receiving.source import Fetched, Look
from overread.records import Received
from overread.store.arrivals import Seen
from overread.store.files import write_whole

LOCK, PROCESSING, PROCESSED, ERROR, FORCE = ".lock", ".processing", ".processed", ".error", ".force-complete"
MARKERS = (LOCK, PROCESSING, PROCESSED, ERROR, FORCE)
ORDERS = (".order.json", ".order.yaml", ".order.hl7")
"""`NAME.order.json` is the order of the entry NAME: one of ours, a FHIR ServiceRequest, or a message of HL7 v2."""
FAILED = frozenset({"two_issuers", "two_patients", "several_studies", "refused", "unreadable", "failed"})


class WatchFolder:
    """A folder that studies are put into."""

    kind = "watch"

    def __init__(self, folder: Path, quiet_seconds: float) -> None:
        if not folder.is_dir():
            raise UsageError(f"the watch folder '{folder}' is not there; make it, or give another")
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise UsageError(f"the watch folder '{folder}' cannot be written; markers are put there beside each study")
        self._folder = folder
        self.where = str(folder)
        self.identity = f"watch:{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]}"
        self.quiet_seconds = quiet_seconds

    def look(self, position: int | None, waiting: Collection[str]) -> Look:
        """Look at every entry; names stay here, a keyed digest goes on: they may be a patient's."""
        entries = {_key(name): name for name in self._entries()}
        seen = tuple(self._seen(key, name) for key, name in entries.items())
        return Look(seen, frozenset(waiting) - entries.keys())

    def fetch(self, key: str, folder: Path) -> Fetched | None:
        """Give the entry itself; it is read where it lies."""
        path = self._path(key)
        if path is None:
            return None
        orders = [found for suffix in ORDERS if (found := self._beside(path.name, suffix)).is_file()]
        return Fetched((path,), orders[0] if orders else None)

    def begin(self, key: str) -> None:
        """Put the marker there that says so."""
        if (path := self._path(key)) is not None:
            write_whole(self._beside(path.name, PROCESSING), b"{}\n")

    def end(self, key: str, received: Received) -> None:
        """Put the last marker in the place of the first."""
        path = self._path(key)
        if path is None:
            return
        last, other = (ERROR, PROCESSED) if received.outcome in FAILED else (PROCESSED, ERROR)
        told = json.dumps(received.model_dump(mode="json", exclude_defaults=True), indent=2)
        write_whole(self._beside(path.name, last), f"{told}\n".encode(errors="surrogateescape"))
        for suffix in (other, PROCESSING, FORCE):
            self._beside(path.name, suffix).unlink(missing_ok=True)

    def key_of(self, study_uid: str) -> str | None:
        """Raise `UsageError`: what an entry holds is not known before it is read."""
        raise UsageError(f"a watch folder knows no study by its UID; put an empty file NAME{FORCE} beside the study")

    def _seen(self, key: str, name: str) -> Seen:
        ended = any(self._beside(name, suffix).exists() for suffix in (PROCESSED, ERROR))
        forced = self._beside(name, FORCE).exists()
        held = self._beside(name, LOCK).exists()
        return Seen(key, self._version(name), held=held, forced=forced, again=not ended or forced)

    def _entries(self) -> Iterator[str]:
        for entry in sorted(os.scandir(self._folder), key=lambda each: each.name):
            plain = entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)
            if plain and not entry.name.startswith(".") and not entry.name.lower().endswith((*MARKERS, *ORDERS)):
                yield entry.name

    def _version(self, name: str) -> str:
        """Digest names, sizes and times of all files of an entry and of its order; no byte of them is read."""
        path = self._folder / name
        files = [path, *(sorted(path.rglob("*")) if path.is_dir() else ())]
        files += [self._beside(name, suffix) for suffix in ORDERS]
        digest = hashlib.sha256()
        for file in files:
            try:
                about = file.lstat()
            except FileNotFoundError:
                continue
            if stat.S_ISREG(about.st_mode):
                digest.update(
                    f"{file.relative_to(self._folder)}\0{about.st_size}\0{about.st_mtime_ns}\n".encode(
                        errors="surrogateescape"
                    )
                )
        return digest.hexdigest()

    def _path(self, key: str) -> Path | None:
        return next((self._folder / name for name in self._entries() if _key(name) == key), None)

    def _beside(self, name: str, suffix: str) -> Path:
        return self._folder / f"{name}{suffix}"


def _key(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()
