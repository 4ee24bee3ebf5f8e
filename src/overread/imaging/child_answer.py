"""Read what the reader's child process left in its scratch folder; it may have been taken over, and left a trap."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.errors import Unreadable
from overread.imaging.sandbox import Outcome
from overread.records import RefusalReason

MOST_LINES_BYTES = 64 * 2**20
ENDINGS: Mapping[Outcome, tuple[RefusalReason, str]] = {
    "crashed": ("unreadable", "its decoder crashed"),
    "killed": ("too_large", "the system ended its reading, most likely for want of memory"),
    "processor_time": ("too_large", "it takes more processor time than one input may"),
    "wall_time": ("too_large", "it takes longer than one input may"),
}
"""Why a child gave no answer of its own, as why the file that it had begun cannot be read."""


def content_of(path: Path, most: int) -> bytes:
    """Read a file if it is a plain file of at most `most` bytes, nothing where there is none; raises `Unreadable`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise dishonest() from error
    with open(descriptor, "rb") as file:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode) or about.st_size > most:
            raise dishonest()
        return file.read()


def plane_of(path: Path, kind: "np.dtype[Any]", shape: tuple[int, int]) -> NDArray[Any]:
    """Read a picture [rows, columns] of a kind; raises `Unreadable` where the file has another size."""
    size = shape[0] * shape[1] * kind.itemsize
    content = content_of(path, size)
    if len(content) != size:
        raise dishonest()
    return np.frombuffer(content, kind).reshape(shape)


def dishonest() -> Unreadable:
    """Make the refusal of an answer that no sound child gives."""
    return Unreadable("unreadable", "the reader process gave an answer that is not valid", "Do not trust this input")
