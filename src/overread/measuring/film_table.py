"""A table of films: paths and labels, or paths and the reports that were signed of them.

Nothing of a row but its number is ever told.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from overread.errors import ModelRefused
from overread.labeler import stated_in
from overread.measuring.film import Film, Wanted
from overread.reasoning.vocabulary import LABELS

MASKS = {"mask_path": "lungs", "heart_mask_path": "heart"}
"""Column of a mask's path to the structure that it shows; a lung mask holds both lungs."""
REPORT = "report"
"""Column of the signed report's text."""
VALUES = {"1": True, "1.0": True, "0": False, "0.0": False}
UNKNOWN = frozenset({"", "-1", "-1.0"})
"""Nothing stated, or stated as uncertain: the film says nothing of the label."""
RADIOGRAPHS = frozenset({"", "X-RAY", "XRAY", "CR", "DX", "DR"})
TRAITS = ("sex", "age", "view", "source")
"""Columns by which films are told apart in an audit; they count nothing in a calibration."""
OTHERS = frozenset({"id", "path", "patient_id", "view", "modality", "split", "source", "sex", "age", REPORT, *MASKS})
"""Columns that are no label and are known to be none."""
LONGEST_NAME = 40
"""Characters of a column's name that are told."""

Row = tuple[int, Mapping[str, str]]
LeftOut = defaultdict[str, list[int]]


def read_table(table: Path, folder: Path, wanted: Wanted, left_out: LeftOut) -> tuple[list[Film], bool, list[str]]:
    """Give the frontal films of a table, whether it names patients, and what to know of its columns.

    Paths are relative to `folder`. Raises `ModelRefused` for a table that cannot be read, lacks a column, or has a row
    that is wrong, by its number.
    """
    rows, columns = rows_of(table)
    _require_columns(table.name, columns)
    films = list(_films(folder, rows, columns, wanted, left_out))
    return films, "patient_id" in columns, list(_strangers(rows, columns))


def rows_of(table: Path) -> tuple[Sequence[Row], tuple[str, ...]]:
    """Read a table's rows, each with its number, and its columns; raises `ModelRefused` where it is damaged."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            try:
                columns = tuple(name for name in reader.fieldnames or () if name)
                rows = [
                    (reader.line_num, {name: (cells.get(name) or "").strip() for name in columns}) for cells in reader
                ]
            except (csv.Error, UnicodeDecodeError):
                raise ModelRefused(
                    f"{table.name} is damaged after row {reader.line_num}; write it anew as UTF-8"
                ) from None
    except OSError as error:
        raise ModelRefused(f"{table.name} cannot be read ({error.strerror}); give a CSV file") from None
    return rows, columns


def _require_columns(table: str, columns: tuple[str, ...]) -> None:
    if "path" not in columns:
        raise ModelRefused(f"{table} has no column 'path'; give the image of each row, relative to the folder")
    if not set(columns) & {*LABELS, *MASKS, REPORT}:
        raise ModelRefused(
            f"{table} has no column of a label, a mask or a report ('{REPORT}'); labels are: {', '.join(LABELS)}"
        )


def _films(
    folder: Path, rows: Sequence[Row], columns: tuple[str, ...], wanted: Wanted, left_out: LeftOut
) -> Iterator[Film]:
    labels = [label for label in LABELS if label in columns]
    for number, row in rows:
        if why := _why_not(row, wanted):
            left_out[why].append(number)
            continue
        path = inside(folder, row["path"], number)
        if path is None:
            left_out["image not there"].append(number)
            continue
        known = {label: value for label in labels if (value := _truth(row[label], label, number)) is not None}
        masks = {MASKS[name]: mask for name in MASKS if (mask := inside(folder, row.get(name, ""), number))}
        patient = row.get("patient_id") or f"row {number}"
        traits = {name: row[name] for name in TRAITS if row.get(name)}
        yield Film(number, path, patient, {**stated_in(row.get(REPORT, "")), **known}, masks, traits=traits)


def _why_not(row: Mapping[str, str], wanted: Wanted) -> str | None:
    view = row.get("view", "").upper()
    if view and not view.startswith(("PA", "AP", "FRONTAL", "UNKNOWN")):
        return "not frontal"
    if row.get("modality", "").upper() not in RADIOGRAPHS:
        return "no radiograph"
    if wanted.split is not None and row.get("split", "") != wanted.split:
        return "another split"
    if wanted.source is not None and row.get("source", "") != wanted.source:
        return "another source"
    return None


def _truth(text: str, label: str, row: int) -> bool | None:
    if text in UNKNOWN:
        return None
    if text not in VALUES:
        raise ModelRefused(f"row {row}, column '{label}': it must be 1, 0 or empty; correct the table")
    return VALUES[text]


def inside(folder: Path, text: str, row: int) -> Path | None:
    """Give a file of the folder, None for one that is not there; raise `ModelRefused` for one outside."""
    if not text:
        return None
    path = folder / text
    if Path(text).is_absolute() or not _stays(path, folder):
        raise ModelRefused(f"row {row}: a path leads out of the data folder; give it relative to the folder")
    return path if path.is_file() else None


def _stays(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links, or what is no path at all
        return False


def _strangers(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    """Name the columns that look like labels, ones and zeros, and are none that anybody here knows."""
    names = {label.lower(): label for label in LABELS}
    for column in columns:
        said = {row[column] for _, row in rows} - UNKNOWN
        if column in LABELS or column in OTHERS or not said or not said <= set(VALUES):
            continue
        near = get_close_matches(column.lower().replace("_", " "), names, n=1)
        hint = f"; is it '{names[near[0]]}'?" if near else ""
        yield f"column '{column[:LONGEST_NAME]}' is no label that is known here and is left alone{hint}"
