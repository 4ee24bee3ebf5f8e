"""Find the files that an input means, without opening any of them."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from overread.errors import Unreadable, UsageError
from overread.imaging.plain_text import plain_text
from overread.imaging.wire_format import SourceFile
from overread.settings import Limits


def list_files(paths: Sequence[Path], limits: Limits) -> tuple[SourceFile, ...]:
    """Give the regular files that the paths name or, as folders, hold, sorted inside each folder.

    Links inside folders, hidden files and special files are left out. Raises `UsageError` for a path that is not
    there, `Unreadable` for too many files, a file that is too large, or nothing at all.
    """
    found: list[SourceFile] = []
    for file in (file for path in paths for file in _files_of(path)):
        if len(found) == limits.files:
            raise Unreadable(
                "too_large", f"the input has more than {limits.files} files", "Give the study's own folder"
            )
        name = plain_text(file.name)
        if file.stat().st_size > limits.file_bytes:
            raise Unreadable("too_large", f"{name} is larger than {limits.file_bytes} bytes", "Raise limits.file_bytes")
        found.append(SourceFile(path=str(file.absolute()), name=name))
    if not found:
        raise Unreadable("empty_input", "the input holds no file", "Give a DICOM file, folder or zip, a PNG or a JPEG")
    return tuple(found)


def _files_of(path: Path) -> Iterator[Path]:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        raise UsageError(f"there is no '{plain_text(path.name)}'; check the path") from error
    if stat.S_ISREG(mode):
        yield path
    elif stat.S_ISDIR(mode):
        yield from _walk(path)
    else:
        raise UsageError(f"'{plain_text(path.name)}' is neither a file nor a folder")


def _walk(folder: Path) -> Iterator[Path]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(where) / name
            if not name.startswith(".") and stat.S_ISREG(file.lstat().st_mode):
                yield file
