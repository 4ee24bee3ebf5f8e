"""`overread label`: three-valued labels of report text, with the phrases they come from."""

import sys
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Annotated, BinaryIO, TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from overread.errors import UsageError

FORMATS = ("jsonl", "csv")
STANDARD_INPUT = "-"

Source = Annotated[
    str, typer.Argument(metavar="FILE.jsonl", help='One {"id": …, "text": …} a line; - is standard input.')
]
Form = Annotated[str, typer.Option("--format", metavar="jsonl|csv", help="CSV leaves the phrases out.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="File for the labels, not standard output.")]


def label(source: Source, form: Form = "jsonl", out: Out = None) -> None:
    """Label report text, line by line: 1 present, 0 absent, -1 uncertain, null (in CSV empty) not mentioned."""
    if form not in FORMATS:
        raise UsageError(f"--format {form}: there are {' and '.join(FORMATS)}")
    with _reading(source) as given:
        _refuse_to_write_over(source, out)
        with _writing(out) as stream, closing(_watched(given, shown=_bar_has_place(out))) as lines:
            _label(lines, "standard input" if source == STANDARD_INPUT else source, form, stream)


def _label(lines: Iterable[bytes], name: str, form: str, stream: TextIO) -> None:
    from overread.cli.labeling import Csv, JsonLines, label_report, read_reports

    writer = Csv(stream) if form == "csv" else JsonLines(stream)
    for report in read_reports(lines, name):
        writer.write(label_report(report))


def _reading(source: str) -> AbstractContextManager[BinaryIO]:
    if source == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"{source}: cannot be read: {error.strerror}") from error


def _writing(out: Path | None) -> AbstractContextManager[TextIO]:
    if out is None:
        return nullcontext(sys.stdout)
    try:
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written: {error.strerror}") from error


def _refuse_to_write_over(source: str, out: Path | None) -> None:
    if out is not None and source != STANDARD_INPUT and out.exists() and out.samefile(source):
        raise UsageError(f"--out {out}: this is the file of the reports; name another")


def _bar_has_place(out: Path | None) -> bool:
    """Say whether standard error is a terminal on which no labels are printed."""
    return Console(stderr=True).is_terminal and (out is not None or not sys.stdout.isatty())


def _watched(given: BinaryIO, shown: bool) -> Generator[bytes, None, None]:
    """Give the lines and show on standard error how far they are read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    # Rich would send standard output through its own console, which is standard error.
    with Progress(*columns, console=Console(stderr=True), disable=not shown, redirect_stdout=False) as progress:
        task = progress.add_task("reports", total=_size(given))
        for line in given:
            yield line
            progress.advance(task, len(line))


def _size(given: BinaryIO) -> int | None:
    """Give the bytes of a file; a pipe tells none."""
    if not given.seekable():
        return None
    at = given.tell()
    size = given.seek(0, 2) - at
    given.seek(at)
    return size
