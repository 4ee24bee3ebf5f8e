"""Reports by the line: read with the number of the line that is wrong, labeled, written as JSON lines or CSV."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, TextIO

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError

from overread.errors import InputError
from overread.labeler import label_text, report_readings
from overread.reasoning.vocabulary import LABELS
from overread.records import Assertion, Record
from overread.records.study import Laterality

Value = Literal[1, 0, -1]
_VALUES: dict[str, Value] = {"present": 1, "absent": 0, "uncertain": -1}


class Report(BaseModel):
    """One line of the input; what else a line holds is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Annotated[StrictStr, Field(min_length=1)] | StrictInt
    text: StrictStr


class Span(Record):
    """One phrase of a report and what the labeler reads in it."""

    start: int
    end: int
    """Characters of the text as it was given."""
    label: str
    value: Value
    laterality: Laterality | None
    rule: str
    """The rule that fired: `mention`, or the kind of cue and its words, such as `negation before: no`."""


class Labeled(Record):
    """The labels of one report: 1 present, 0 absent, -1 uncertain, None not mentioned."""

    id: str | int
    labels: dict[str, Value | None]
    spans: tuple[Span, ...]


def label_report(report: Report) -> Labeled:
    """Label one report and list the phrases that its labels come from."""
    spans = tuple(_span(reading.assertion, reading.rule) for reading in report_readings(report.text))
    return Labeled.model_validate({"id": report.id, "labels": label_text(report.text), "spans": spans})


def _span(assertion: Assertion, rule: str) -> Span:
    return Span(
        start=assertion.start,
        end=assertion.end,
        label=assertion.label,
        value=_VALUES[assertion.status],
        laterality=assertion.laterality,
        rule=rule,
    )


def read_reports(lines: Iterable[bytes], name: str) -> Iterator[Report]:
    """Give the report of each line that is not blank; raise `InputError` at the first that is wrong.

    The message names the file and the line and quotes nothing of it: a report and its id are a patient's data.
    """
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        report = _read(line, f"{name}, line {number}")
        if str(report.id) in seen:
            raise InputError(f"{name}, line {number}: its 'id' is that of an earlier line. Give each report its own")
        seen.add(str(report.id))
        yield report


def _read(line: bytes, where: str) -> Report:
    try:
        return Report.model_validate_json(line.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
    raise InputError(f'{where}: {_complaint(first["type"], first["loc"])}. Write {{"id": …, "text": …}} in one line')


def _complaint(kind: str, place: tuple[int | str, ...]) -> str:
    """Say what is wrong in words of our own: pydantic's quote what was given."""
    if kind == "json_invalid":
        return "not JSON in UTF-8"
    if not place:
        return "not a JSON object"
    if kind == "missing":
        return f"no '{place[0]}'"
    return (
        "'text' is not a string"
        if place[0] == "text"
        else "'id' is neither a whole number nor a string that is not empty"
    )


class JsonLines:
    """Writes one JSON object a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, done: Labeled) -> None:
        """Write one report at once, so that what is before a bad line is there."""
        self._stream.write(json.dumps(done.model_dump(mode="json"), ensure_ascii=False) + "\n")
        self._stream.flush()


class Csv:
    """Writes a head and one row a report: its id, then a column per label, empty where it is not mentioned."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(["id", *LABELS])

    def write(self, done: Labeled) -> None:
        """Write one report at once, so that what is before a bad line is there."""
        self._rows.writerow([done.id, *(done.labels[label] for label in LABELS)])
        self._stream.flush()
