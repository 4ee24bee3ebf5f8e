"""Records on disk, one JSON line each as they come: what a kill cut off is dropped, and what another version wrote."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

RecordT = TypeVar("RecordT", bound=BaseModel)


def read_lines(path: Path, shape: type[RecordT]) -> Iterator[RecordT]:
    """Give the records of a file that is there or not; a last line without its end is cut off the file."""
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    whole, _, cut = text.rpartition("\n")
    if cut:
        path.write_text(whole + "\n" if whole else "", encoding="utf-8")
    for line in whole.splitlines():
        try:
            yield shape.model_validate_json(line)
        except ValidationError:
            continue  # of another version: done again


def append_line(path: Path, record: BaseModel) -> None:
    """Write a record down."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(record.model_dump_json() + "\n")
