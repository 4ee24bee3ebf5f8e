"""Write a file whole or not at all."""

import glob
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from overread.errors import UsageError

LEFT_SECONDS = 600.0
"""Age from which a part is one that a killed writer left: no file of ours is written for so long."""


def write_whole(path: Path, content: bytes) -> None:
    """Write and rename, so that a kill leaves the old file or the new one; the same content is not written twice.

    Parts of this file that killed writers left are removed: they may hold words of a report.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left(path)
    if path.is_file() and path.read_bytes() == content:
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _remove_left(path: Path) -> None:
    for part in path.parent.glob(f".{glob.escape(path.name)}.{'?' * 8}"):
        with suppress(FileNotFoundError):  # somebody else removed it
            if time.time() - part.stat().st_mtime > LEFT_SECONDS:
                part.unlink()


def refuse_file(folder: Path, option: str) -> None:
    """Raise `UsageError` where a file is in the place of a folder that an option names, or of one above it."""
    taken = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if taken is not None and not taken.is_dir():
        raise UsageError(f"{taken} is a file; {option} needs a folder")
