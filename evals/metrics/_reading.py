"""Read references and candidates from CSV or JSON lines into pairs; what they compare is told by their columns."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from PIL import Image

from overread.errors import UsageError
from overread.evals.metrics._metric import Kind, Pair

Cells = Mapping[str, Any]
Read = Callable[[Cells, Path], Any]
"""Gives a value from a row and the folder of its file; None where the row has none."""


@dataclass(frozen=True)
class Table:
    """Pairs by what they compare, and what could not be paired."""

    pairs: Mapping[Kind, Sequence[Pair]]
    missing: tuple[str, ...] = field(default=())
    """References without a candidate: in no figure."""
    unknown: tuple[str, ...] = field(default=())
    """Candidates without a reference: in no figure."""


class _Columns(NamedTuple):
    reference: Read
    candidate: Read


def read_pairs(references: Path, candidates: Path) -> Table:
    """Pair rows by id; raises `UsageError` by file and row, and where nothing can be compared."""
    truth, said = read_rows(references), read_rows(candidates)
    pairs: dict[Kind, list[Pair]] = {}
    paired: set[str] = set()
    for identity, row in truth.items():
        if identity not in said:
            continue
        for kind in get_args(Kind):
            reference = COLUMNS[kind].reference(row, references.parent)
            candidate = COLUMNS[kind].candidate(said[identity], candidates.parent)
            if reference is not None and candidate is not None:
                cluster = str(row.get("cluster") or row.get("patient") or identity)
                pairs.setdefault(kind, []).append(Pair(identity, cluster, reference, candidate, _spacing(row)))
                paired.add(identity)
    if not pairs:
        raise UsageError(
            f"{references.name} and {candidates.name} have no row of the same id with columns that can be compared;"
            " docs/evals.md names the columns"
        )
    missing = tuple(identity for identity in truth if identity not in paired)
    return Table(pairs, missing, tuple(identity for identity in said if identity not in truth))


def read_rows(path: Path) -> dict[str, Cells]:
    """Give the rows of a table by their id; raises `UsageError` for a row without one, and for one given twice."""
    found: dict[str, Cells] = {}
    for number, cells in _numbered(path):
        identity = str(cells.get("id") or "")
        if not identity:
            raise UsageError(f"{path.name} row {number}: it has no id")
        if identity in found:
            raise UsageError(f"{path.name} row {number}: its id is there twice")
        found[identity] = cells
    return found


def _numbered(path: Path) -> Iterator[tuple[int, Cells]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name}: cannot be read: {type(error).__name__}") from None
    if path.suffix.lower() == ".csv":
        yield from enumerate(csv.DictReader(io.StringIO(text, newline="")), start=1)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _object(path, number, line)


def _object(path: Path, number: int, line: str) -> Cells:
    try:
        cells = json.loads(line)
    except ValueError:
        cells = None
    if not isinstance(cells, dict):
        raise UsageError(f"{path.name} row {number}: it is no JSON object; give CSV as .csv, else JSON lines")
    return cells


def _text(row: Cells, _folder: Path) -> str | None:
    given = row.get("text")
    if given is None and ("findings" in row or "impression" in row):
        given = " ".join(str(row.get(part) or "") for part in ("findings", "impression"))
    return str(given).strip() or None if given is not None else None


def _truth(row: Cells, _folder: Path) -> bool | None:
    given = str(row.get("truth", "")).strip().lower()
    if given in ("", "none"):
        return None
    if given not in ("1", "0", "true", "false", "1.0", "0.0"):
        raise UsageError(f"the row '{row['id']}' has the truth '{given}'; give 1 or 0")
    return given in ("1", "true", "1.0")


def _score(row: Cells, _folder: Path) -> float | None:
    given = row.get("score")
    if given is None or given == "":
        return None
    numbers = _numbers(row, [given], 1)
    return float(numbers[0, 0])


def _mask(row: Cells, folder: Path) -> Any:
    given = row.get("mask")
    if not given:
        return None
    path = folder / str(given)
    if not path.is_file():
        raise UsageError(f"the mask of the row '{row['id']}' is not there; give its path relative to the table")
    with Image.open(path) as image:
        return np.asarray(image.convert("L")) > 0


def _boxes(row: Cells, width: int) -> Any:
    given = _listed(row, "boxes")
    return None if given is None else _numbers(row, given, width)


def _ids(row: Cells, column: str) -> list[str] | None:
    given = _listed(row, column)
    return None if given is None else [str(one) for one in given]


def _relevant(row: Cells, _folder: Path) -> frozenset[str] | None:
    given = _ids(row, "relevant")
    return None if given is None else frozenset(given)


def _point(row: Cells, _folder: Path) -> Any:
    given = _listed(row, "point")
    return None if given is None else _numbers(row, [given], 2)[0]


def _listed(row: Cells, column: str) -> list[Any] | None:
    given = row.get(column)
    if given is None or given == "":
        return None
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = None
    if not isinstance(given, list):
        raise UsageError(f"the row '{row['id']}' has no JSON list in '{column}'")
    return given


def _numbers(row: Cells, given: Sequence[Any], width: int) -> Any:
    try:
        found = np.asarray(given, np.float64).reshape(len(given), width)
    except (ValueError, TypeError):
        found = np.full((1, 1), np.nan)
    if not np.isfinite(found).all():
        raise UsageError(f"the row '{row['id']}' holds something else than {width} numbers where numbers belong")
    return found


def _spacing(row: Cells) -> float | None:
    given = row.get("spacing_mm")
    return None if given in (None, "") else float(_numbers(row, [given], 1)[0, 0])


COLUMNS: Mapping[Kind, _Columns] = {
    "text": _Columns(_text, _text),
    "score": _Columns(_truth, _score),
    "mask": _Columns(_mask, _mask),
    "boxes": _Columns(lambda row, _: _boxes(row, 4), lambda row, _: _boxes(row, 5)),
    "ranking": _Columns(_relevant, lambda row, _: _ids(row, "ranked")),
    "point": _Columns(lambda row, _: _boxes(row, 4), _point),
}
