"""Where text goes: results to standard output, progress and complaints to standard error."""

import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Progress

    from overread.warm.wire import Line

WIDEST = 400
"""Columns."""


def complain(message: str) -> None:
    """Say in one line on standard error what went wrong, where, and what to do next."""
    line = " ".join(plain(message).split())
    Console(stderr=True, soft_wrap=True).print(Text.assemble(("overread: ", "bold red"), line))


def note(message: str) -> None:
    """Say something beside the result, on standard error."""
    Console(stderr=True, soft_wrap=True).print(Text(plain(message), style="dim"))


def say(message: str = "", style: str = "") -> None:
    """Print a line of the result; nothing in it is markup."""
    Console(soft_wrap=True, highlight=False).print(Text(plain(message), style=style))


def print_line(line: "Line") -> None:
    """Print a line that was composed before, here or in another process."""
    if line.how == "say":
        say(line.text, line.style)
    else:
        {"note": note, "complain": complain}[line.how](line.text)


def print_table(table: Table) -> None:
    """Print a table in its own width where nobody's terminal limits it: in a file or a pipe no cell is cut."""
    console = Console(emoji=False)
    if not console.is_terminal:
        own = console.measure(table, options=console.options.update(max_width=WIDEST)).maximum
        console.width = max(console.width, own)
    console.print(table)


def print_json(data: Any) -> None:
    """Print to the real standard output, also while `working` keeps everything else off it."""
    stream = sys.__stdout__ or sys.stdout
    stream.write(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    stream.flush()


def plain(text: str) -> str:
    """Drop control characters: text of a header or a model must not drive the terminal."""
    return "".join(letter for letter in text if letter in "\n\t" or unicodedata.category(letter) != "Cc")


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show that work goes on, and keep standard output clean of what libraries print."""
    console = Console(stderr=True)
    with redirect_stdout(sys.stderr), console.status(what) if console.is_terminal else _silence():
        yield


@contextmanager
def _silence() -> Iterator[None]:
    yield


def counting() -> "Progress":
    """Give a progress bar on standard error for work of known steps: how many are done, and how long it takes."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
