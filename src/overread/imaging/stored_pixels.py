"""The stored values of one DICOM image, decoded in the child process under the limits of an input."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from overread.errors import Unreadable
from overread.imaging.child_answer import ENDINGS, MOST_LINES_BYTES, content_of, dishonest, plane_of
from overread.imaging.sandbox import run_in_sandbox
from overread.imaging.wire_format import (
    LINES_FILE,
    PART_BYTES,
    STORED_LINE,
    Request,
    Setback,
    Skipped,
    SourceFile,
    Stored,
    part_file,
)
from overread.ports import Picture
from overread.settings import Limits

OBJECT_FILE = "object.dcm"


@dataclass(frozen=True)
class StoredPixels:
    """Values that need no decoder, and the header values that go with them; the pictures lie in a folder that goes."""

    values: bytes
    photometric: str
    planar: int | None
    frames: int | None
    """NumberOfFrames, and `planar`, where the values were compressed and the object has them."""
    shown: int
    """Frames of which there is a picture."""
    _scratch: Path

    def pictures(self, rows: int, columns: int) -> Iterator[Picture]:
        """Give each frame as shown, window and polarity applied; raises `Unreadable` for pictures of another size."""
        for number in range(self.shown):
            yield plane_of(self._scratch / f"{number}.raw", np.dtype(np.uint8), (rows, columns))


@contextmanager
def stored_pixels(content: bytes, limits: Limits, *, shown: bool) -> Iterator[StoredPixels | None]:
    """Decode a DICOM file, with pictures of up to `limits.files` frames where they are to be looked at.

    None where it holds no image. Raises `Unreadable` with a typed reason: what the child says, or how it ended.
    """
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        scratch = Path(folder) / "0"
        scratch.mkdir(mode=0o700)
        (scratch / OBJECT_FILE).write_bytes(content)
        source = SourceFile(path=str(scratch / OBJECT_FILE), name=OBJECT_FILE)
        frames = limits.files if shown else 0
        ending = run_in_sandbox(Request(files=(source,), limits=limits, frames_left=frames, as_stored=True), scratch)
        if ending.outcome != "done":
            reason, detail = ENDINGS[ending.outcome]
            raise Unreadable(reason, detail, "Check the file, or raise the limits")
        told = _told(scratch)
        if isinstance(told, Setback):
            raise Unreadable(told.reason, told.detail, told.next_step)
        yield None if isinstance(told, Skipped) else _of(told, scratch, limits)


def _told(scratch: Path) -> Stored | Skipped | Setback:
    try:
        return STORED_LINE.validate_json(content_of(scratch / LINES_FILE, MOST_LINES_BYTES))
    except ValidationError as error:
        raise dishonest() from error


def _of(told: Stored, scratch: Path, limits: Limits) -> StoredPixels:
    if told.length > limits.memory_bytes or told.shown > limits.files:
        raise dishonest()
    count = -(-told.length // PART_BYTES)
    values = b"".join(content_of(scratch / part_file(number), PART_BYTES) for number in range(count))
    if len(values) != told.length:
        raise dishonest()
    return StoredPixels(values, told.photometric, told.planar, told.frames, told.shown, scratch)
