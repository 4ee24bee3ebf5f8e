"""Read an input into a study of shown pictures; every byte of it is parsed in a child process."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from overread.errors import UsageError
from overread.imaging.assembly import Item, Keep, Kept, assemble
from overread.imaging.child_answer import ENDINGS, MOST_LINES_BYTES, content_of, dishonest, plane_of
from overread.imaging.files import list_files
from overread.imaging.read_result import PixelSink, ReadResult
from overread.imaging.sandbox import Outcome, run_in_sandbox
from overread.imaging.wire_format import (
    FRAMES_SHOWN,
    LINE,
    LINES_FILE,
    Begin,
    Frame,
    Instance,
    Narrative,
    Piece,
    Raster,
    Request,
    Setback,
)
from overread.ports import Picture
from overread.records import Greys
from overread.settings import Limits

MOST_STARTS = 4
"""A file that ends the child is left out and the rest is read by the next one, this often."""
FILES_A_CHILD = 64
"""Files that one child reads within its limits of time and memory: a CT series takes several."""


def read_input(paths: Sequence[Path], *, sink: PixelSink, key: bytes, limits: Limits) -> ReadResult:
    """Read DICOM files, folders, zips, PNG and JPEG as one study of one patient; pictures go to `sink`.

    `key` keys the hash that stands for the patient. Raises `Unreadable` with its typed reason, `UsageError` for a path
    that is not there, `SeveralStudies` for several of one patient.
    """
    files = list_files(paths, limits)
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        items = _collect(Request(files=files, limits=limits, slices_left=limits.slices), Path(folder), sink)
        reports = tuple(item.piece for item in items if isinstance(item.piece, Narrative))
        return replace(assemble(items, key), reports=reports)


def read_report(path: Path, limits: Limits) -> Narrative:
    """Read a report: a file of plain text (UTF-8), or a verified DICOM structured report.

    Raises `UsageError` for a path that is not one file, `Unreadable` for a file that is larger than the limits.
    """
    files = list_files([path], limits)
    if len(files) != 1 or path.is_dir():
        raise UsageError(f"'{files[0].name}' lies in a folder; give the report's own file")
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        items = _collect(Request(files=files, limits=limits, as_report=True), Path(folder), _NoPictures())
    found = [item.piece for item in items]
    if len(found) == 1 and isinstance(found[0], Narrative):
        return found[0]
    return Narrative(name=files[0].name, source="text", problem="not_plain_text")


class _NoPictures:
    """A sink for what holds no picture."""

    def put(self, picture: Picture) -> str:
        raise dishonest()

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str | None:
        raise dishonest()


def _collect(request: Request, folder: Path, sink: PixelSink) -> list[Item]:
    items: list[Item] = []
    files, starts = request.files, 0
    while files and starts < MOST_STARTS:
        scratch = folder / str(len(request.files) - len(files))
        scratch.mkdir(mode=0o700)
        left = {"frames_left": FRAMES_SHOWN - _frames(items), "slices_left": request.slices_left - _slices(items)}
        part = request.model_copy(update={"files": files[:FILES_A_CHILD], **left})
        ending = run_in_sandbox(part, scratch)
        lines = _lines(scratch)
        items.extend(Item(line, _keep(scratch, sink)) for line in lines if not isinstance(line, Begin))
        if ending.outcome == "done":
            files = files[FILES_A_CHILD:]
            continue
        starts += 1
        begun = max((line.index for line in lines if isinstance(line, Begin)), default=0)
        items.append(Item(_ended(part, begun, ending.outcome), _keep(scratch, sink)))
        files = files[begun + 1 :]
    return items


def _slices(items: Sequence[Item]) -> int:
    return sum(isinstance(item.piece, Instance) and item.piece.slice is not None for item in items)


def _frames(items: Sequence[Item]) -> int:
    images = [item.piece for item in items if isinstance(item.piece, Instance)]
    counts = [len(image.frames) for image in images if image.slice is None]
    return min(FRAMES_SHOWN, sum(counts) + sum(isinstance(item.piece, Raster) for item in items))


def _ended(request: Request, begun: int, outcome: Outcome) -> Setback:
    reason, detail = ENDINGS[outcome]
    name = request.files[min(begun, len(request.files) - 1)].name
    return Setback(name=name, reason=reason, detail=detail, next_step="Check the file, or raise the limits")


def _lines(scratch: Path) -> list[Begin | Piece]:
    """Validate what the child wrote; a last line without its end was cut off with the child."""
    raw = content_of(scratch / LINES_FILE, MOST_LINES_BYTES)
    try:
        return [LINE.validate_json(line) for line in raw.split(b"\n")[:-1]]
    except ValidationError as error:
        raise dishonest() from error


def _keep(scratch: Path, sink: PixelSink) -> Keep:
    def keep(frame: Frame) -> Kept:
        shape = (frame.rows, frame.columns)
        picture = sink.put(plane_of(scratch / frame.file, np.dtype(np.uint8), shape))
        if frame.greys is None:
            return Kept(picture, None)
        codes = plane_of(scratch / f"{frame.file}.u16", np.dtype("<u2"), shape)
        if int(codes.max()) > frame.greys.highest:
            raise dishonest()
        return Kept(picture, sink.put_greys(codes, frame.greys))

    return keep
