"""Write a file whole or not at all."""

import os
import tempfile
from pathlib import Path

from overread.errors import UsageError


def write_whole(path: Path, content: bytes) -> None:
    """Write and rename, so that a kill leaves the old file or the new one; the same content is not written twice."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
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


def refuse_file(folder: Path, option: str) -> None:
    """Raise `UsageError` where a file is in the place of a folder that an option names, or of one above it."""
    taken = next((path for path in (folder, *folder.parents) if path.exists()), None)
    if taken is not None and not taken.is_dir():
        raise UsageError(f"{taken} is a file; {option} needs a folder")
