"""Read the tables of a benchmark; what is wrong is told by file and row, and never with its content."""

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from overread.errors import UsageError

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # a table may hold pictures


class Row(BaseModel):
    """A row as its publisher writes it; columns that nobody here reads are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


RowT = TypeVar("RowT", bound=Row)
Numbered = tuple[int, Mapping[str, Any]]
"""Line of a table, or place in a list from 1, with its cells by column."""


def table(path: Path, delimiter: str = ",") -> Iterator[Numbered]:
    """Read a CSV or TSV with a heading, as UTF-8."""
    with _opened(path) as stream:
        reader = csv.DictReader(stream, delimiter=delimiter)
        try:
            for cells in reader:
                if None in cells or None in cells.values():
                    raise UsageError(f"{path.name} row {reader.line_num}: it has not the columns of the heading")
                yield reader.line_num, cells
        except (csv.Error, UnicodeDecodeError):
            raise UsageError(f"{path.name} is damaged after row {reader.line_num}; download it anew") from None


def bare_table(path: Path, columns: tuple[str, ...]) -> Iterator[Numbered]:
    """Read a CSV by position, the first row left out: for one whose heading its publisher changed."""
    with _opened(path) as stream:
        reader = csv.reader(stream)
        try:
            next(reader, None)
            for cells in reader:
                if len(cells) != len(columns):
                    raise UsageError(
                        f"{path.name} row {reader.line_num}: it has {len(cells)} columns, not {len(columns)}"
                    )
                yield reader.line_num, dict(zip(columns, cells, strict=True))
        except (csv.Error, UnicodeDecodeError):
            raise UsageError(f"{path.name} is damaged after row {reader.line_num}; download it anew") from None


def listed(path: Path) -> Iterator[Numbered]:
    """Read a JSON file that holds a list of objects."""
    try:
        with _opened(path) as stream:
            content = json.load(stream)
    except ValueError:
        raise UsageError(f"{path.name} is no JSON; download it anew") from None
    if not isinstance(content, list):
        raise UsageError(f"{path.name} holds no list; is it the file of this benchmark?")
    for number, cells in enumerate(content, start=1):
        if not isinstance(cells, dict):
            raise UsageError(f"{path.name} entry {number}: it is no object; is it the file of this benchmark?")
        yield number, cells


def lines(path: Path) -> Iterator[Numbered]:
    """Read a file with a JSON object on each line."""
    with _opened(path) as stream:
        for number, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            try:
                cells = json.loads(text)
            except ValueError:
                raise UsageError(f"{path.name} line {number}: it is no JSON; download it anew") from None
            if not isinstance(cells, dict):
                raise UsageError(f"{path.name} line {number}: it is no object; is it the file of this benchmark?")
            yield number, cells


def rows(path: Path, numbered: Iterator[Numbered], shape: type[RowT]) -> Iterator[tuple[int, RowT]]:
    """Give each row in its shape; raises `UsageError` that names file, row and column."""
    for number, cells in numbered:
        try:
            yield number, shape.model_validate(cells)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            column = ".".join(str(part) for part in first["loc"]) or "the row"
            raise UsageError(f"{path.name} row {number}, column '{column}': {first['msg']}") from None


def found(folder: Path, *names: str) -> Path:
    """Give the first of several files that is there; raises `UsageError` that says what is needed."""
    for name in names:
        if (path := folder / name).is_file():
            return path
    raise UsageError(f"the folder has no {' or '.join(names)}; overread eval --list says what the benchmark needs")


def _opened(path: Path) -> Any:
    try:
        return path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise UsageError(f"{path.name} cannot be read ({error.strerror})") from None
