"""Open a zip that may be hostile: everything its directory claims is checked before a member is read."""

import stat
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO

from overread.errors import Unreadable
from overread.settings import Limits

LARGEST_RATIO = 200
RATIO_MATTERS_ABOVE = 64 * 2**20
"""Bytes unpacked; a small archive may be as dense as it likes."""


def members(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, bytes]]:
    """Give (base name, content) of each file in the archive; nothing is ever written under a member's name."""
    with zipfile.ZipFile(file) as archive:
        found = [info for info in archive.infolist() if not info.is_dir()]
        _check(found, limits, _length(file))
        for info in found:
            name = PurePosixPath(info.filename).name
            if not name.startswith(".") and not info.filename.startswith("__MACOSX/"):
                yield name, archive.read(info)


def _length(file: BinaryIO) -> int:
    file.seek(0, 2)
    return file.tell()


def _check(found: list[zipfile.ZipInfo], limits: Limits, packed: int) -> None:
    total = sum(info.file_size for info in found)
    if len(found) > limits.files:
        raise _refused("too_large", f"the archive has {len(found)} files, more than {limits.files}")
    if total > limits.archive_bytes or any(info.file_size > limits.file_bytes for info in found):
        raise _refused("too_large", "the archive unpacks to more than the limits allow")
    if total > RATIO_MATTERS_ABOVE and total > LARGEST_RATIO * packed:
        raise _refused("too_large", "the archive unpacks to far more than it holds, as a zip bomb does")
    if any(_escapes(info.filename) for info in found):
        raise _refused("unreadable", "the archive has names that point outside of it")
    if any(stat.S_ISLNK(info.external_attr >> 16) for info in found):
        raise _refused("unreadable", "the archive has links")
    if any(info.flag_bits & 1 for info in found):
        raise _refused("unreadable", "the archive is encrypted")


def _escapes(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in name


def _refused(reason: str, detail: str) -> Unreadable:
    return Unreadable(reason, detail, "Unpack it yourself and give the files")
