"""A list of cases: a file whose rows name an input each, with what is known of it."""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from overread.admission import read_order
from overread.batch.work import Work
from overread.errors import UsageError
from overread.records import Order, Priority

SUFFIXES = (".csv", ".jsonl", ".parquet")
BETWEEN = ";"
"""Between several paths in one cell of a CSV file."""
SEVERAL = frozenset({"prior", "prior_report"})
RowT = TypeVar("RowT", bound=BaseModel)


class Ordered(BaseModel):
    """What a row of any list may say of the order; paths are relative to the folder of the list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str | None = None
    """A file, as `overread read --order` takes it."""
    priority: Priority | None = None
    """Takes the place of the order's."""


class Row(Ordered):
    """One case of a list."""

    input: str = Field(min_length=1)
    """A file, zip or folder: one study."""
    prior: tuple[str, ...] = ()
    prior_report: tuple[str, ...] = ()
    """The first is of the first prior, and so on."""


def works_of(manifest: Path) -> Iterator[Work]:
    """Give the cases of a list, named as it names their inputs; raises `UsageError` with the row and the column."""
    seen: dict[str, int] = {}
    for number, where, row in rows_of(manifest, Row):
        if (before := seen.setdefault(row.input, number)) != number:
            raise UsageError(f"{where}, column input: the same as in row {before}")
        yield _work(row, manifest.absolute().parent, where)
    if not seen:
        raise UsageError(f"{manifest.name} holds no case; give a row for each, with a column input")


def rows_of(manifest: Path, kind: type[RowT]) -> Iterator[tuple[int, str, RowT]]:
    """Give each row of a list with its number, from 1, and how an error names it."""
    for number, cells in enumerate(_rows(manifest), start=1):
        where = f"{manifest.name}, row {number}"
        yield number, where, _checked(cells, where, kind)


def _rows(manifest: Path) -> Iterator[dict[str, Any]]:
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".parquet": _parquet_rows}
    try:
        yield from readers[manifest.suffix.lower()](manifest)
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{manifest.name} cannot be read as {manifest.suffix[1:]} in UTF-8") from error


def _csv_rows(manifest: Path) -> Iterator[dict[str, Any]]:
    with manifest.open(newline="", encoding="utf-8-sig") as stream:
        for number, cells in enumerate(csv.DictReader(stream, strict=True), start=1):
            if None in cells:
                raise UsageError(f"{manifest.name}, row {number} has more cells than the first line has names")
            given = {name: text.strip() for name, text in cells.items() if text and text.strip()}
            yield {name: _several(text) if name in SEVERAL else text for name, text in given.items()}


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(BETWEEN) if part.strip())


def _json_rows(manifest: Path) -> Iterator[dict[str, Any]]:
    lines = (line for line in manifest.read_text(encoding="utf-8").splitlines() if line.strip())
    for number, line in enumerate(lines, start=1):
        try:
            cells = json.loads(line)
        except (ValueError, RecursionError):
            cells = None
        if not isinstance(cells, dict):
            raise UsageError(f"{manifest.name}, row {number} is no JSON object")
        yield _given(cells)


def _parquet_rows(manifest: Path) -> Iterator[dict[str, Any]]:
    try:
        from pyarrow import ArrowInvalid, parquet
    except ModuleNotFoundError:
        raise UsageError(f"{manifest.name} needs pyarrow: pip install 'overread[parquet]'") from None
    try:
        table = parquet.read_table(manifest)
    except ArrowInvalid:
        raise UsageError(f"{manifest.name} is no Parquet file") from None
    yield from (_given(cells) for cells in table.to_pylist())


def _given(cells: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty; one path alone may stand where several may."""
    given = {name: value for name, value in cells.items() if value is not None and value != ""}
    return {name: (value,) if name in SEVERAL and isinstance(value, str) else value for name, value in given.items()}


def _checked(cells: dict[str, Any], where: str, kind: type[RowT]) -> RowT:
    try:
        return kind.model_validate(cells)
    except ValidationError as error:
        first = error.errors()[0]
        column = first["loc"][0]
        if first["type"] == "extra_forbidden":
            raise UsageError(f"{where}, column {column}: there are {', '.join(sorted(kind.model_fields))}") from None
        raise UsageError(f"{where}, column {column}: {first['msg']}") from None


def _work(row: Row, folder: Path, where: str) -> Work:
    priors = _paths(row.prior, folder, f"{where}, column prior")
    reports = _paths(row.prior_report, folder, f"{where}, column prior_report")
    if len(reports) > len(priors):
        raise UsageError(f"{where}, column prior_report: {len(reports)} reports for {len(priors)} priors")
    return Work(
        name=row.input,
        paths=_paths([row.input], folder, f"{where}, column input"),
        order=order_of(row, folder, where),
        priors=priors,
        prior_reports=reports,
    )


def order_of(row: Ordered, folder: Path, where: str) -> Order | None:
    """Give a row's order, with the row's own priority; None where it has neither."""
    order = None
    if row.order is not None:
        (path,) = _paths([row.order], folder, f"{where}, column order")
        try:
            order = read_order(path)
        except UsageError as error:
            raise UsageError(f"{where}, column order: {error}") from error
    return order if row.priority is None else (order or Order()).model_copy(update={"priority": row.priority})


def _paths(names: Sequence[str], folder: Path, where: str) -> tuple[Path, ...]:
    paths = tuple(folder / name for name in names)
    for path in paths:
        if not path.exists():
            raise UsageError(f"{where}: there is no '{path.name}'")
    return paths
