"""A table of films with an outcome, age, sex and laboratory values; nothing of a row but its number is ever told."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path

from pydantic import ValidationError

from overread.errors import ModelRefused
from overread.measuring.film import Film
from overread.measuring.film_table import inside, rows_of
from overread.measuring.films import table_in
from overread.records import Observation
from overread.records.observations import KNOWN

COLUMN = re.compile(r"^(?P<code>[0-9]{1,7}-[0-9])(?:\s+(?P<unit>\S+))?$")
"""`1988-5`, or `1988-5 mg/dL` where the unit is not the code's own."""
YES, NO = frozenset({"1", "1.0"}), frozenset({"0", "0.0"})
SEX = {"M": 1.0, "F": 0.0}
VIEW = {"AP": 1.0, "PA": 0.0}
LONGEST = 60


@dataclass(frozen=True)
class Patient:
    """One film, what was known when it was taken, and what came of the patient."""

    film: Film
    outcome: bool
    age: float | None
    sex: float | None
    """1 male, 0 female."""
    ap: float | None
    """1 AP, 0 PA: who is too ill to stand is filmed AP, and a picture that shows no more than that adds nothing."""
    values: Mapping[str, float] = field(default_factory=dict, repr=False)
    """LOINC code to the value in the code's own unit; what is not known is missing."""
    days: float | None = field(default=None, repr=False)
    """From the film to the outcome, or to the end of follow-up without it; None where no time is asked for."""


@dataclass(frozen=True)
class Table:
    """The rows that count."""

    outcome: str
    rows: tuple[Patient, ...]
    codes: tuple[str, ...]
    left_out: int
    """Rows without the outcome, or whose film is not there."""

    @property
    def counts(self) -> tuple[int, int]:
        """Count patients with and without the outcome; one with both counts as with."""
        ill = {row.film.patient for row in self.rows if row.outcome}
        return len(ill), len({row.film.patient for row in self.rows} - ill)


def read(folder: Path, outcome: str, table: Path | None = None, time: str | None = None) -> Table:
    """Read the table of a folder, with `time` the column of days to the outcome or the end of follow-up as well.

    Raises `ModelRefused` for a column that is missing and, by its row, a wrong value.
    """
    if not folder.is_dir():
        raise ModelRefused("there is no such data folder; give the folder of the films")
    path = table or table_in(folder)
    if path is None:
        raise ModelRefused("an outcome needs a table (CSV) beside the films; docs/prognosis.md says what it holds")
    rows, columns = rows_of(path)
    if missing := [name for name in ("path", "patient_id", outcome, time) if name and name not in columns]:
        raise ModelRefused(f"{path.name} has no column '{missing[0][:LONGEST]}'; docs/prognosis.md says what it holds")
    codes = tuple(_code_and_unit(columns))
    found = tuple(_patients(folder, rows, outcome, codes, time))
    return Table(outcome, found, tuple(dict.fromkeys(code for code, _, _ in codes)), len(rows) - len(found))


def _code_and_unit(columns: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for column in columns:
        match = COLUMN.match(column)
        if match is None:
            continue
        code, unit = match["code"], match["unit"]
        if code not in KNOWN:
            raise ModelRefused(
                f"column '{column[:LONGEST]}': LOINC {code} is not known here; docs/prognosis.md lists those"
            )
        yield code, unit or KNOWN[code].unit, column


def _patients(
    folder: Path,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    outcome: str,
    codes: Sequence[tuple[str, str, str]],
    time: str | None,
) -> Iterator[Patient]:
    for number, row in rows:
        path = inside(folder, row["path"], number)
        said = row[outcome]
        if path is None or not said:
            continue
        if said not in YES | NO:
            raise ModelRefused(f"row {number}, column '{outcome[:LONGEST]}': it must be 1, 0 or empty")
        if not row["patient_id"]:
            raise ModelRefused(f"row {number}: without patient_id films of one patient would be in two folds")
        values = {code: _value(row[column], code, unit, number) for code, unit, column in codes if row[column]}
        yield Patient(
            Film(number, path, row["patient_id"], {}),
            said in YES,
            _number(row.get("age", ""), "age", number),
            SEX.get(row.get("sex", "").upper()[:1]),
            VIEW.get(row.get("view", "").upper()[:2]),
            values,
            None if time is None else _days(row[time], time, number),
        )


def _days(text: str, column: str, row: int) -> float:
    number = _number(text, column, row)
    if number is None or not isfinite(number) or number < 0:
        raise ModelRefused(f"row {row}, column '{column[:LONGEST]}': with an outcome it must be days from 0 on")
    return number


def _value(text: str, code: str, unit: str, row: int) -> float:
    number = _number(text, code, row)
    try:
        return Observation.model_validate({"code": code, "value": number, "unit": unit}).value
    except ValidationError as error:
        raise ModelRefused(f"row {row}, column '{code}': {error.errors()[0]['msg']}") from None


def _number(text: str, column: str, row: int) -> float | None:
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise ModelRefused(f"row {row}, column '{column}': it must be a number or empty") from None
