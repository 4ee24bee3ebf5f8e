"""Show on a terminal what a case is at; elsewhere, and where only the result is wanted, show nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from overread.case_runs import Listener
    from overread.warm.wire import Shown


Show = Callable[["Shown"], None]


@contextmanager
def showing(what: str, *, quiet: bool = False) -> Iterator[Show | None]:
    """Give what shows the steps of a case, and keep standard output clean of what libraries print.

    None where nobody looks: standard error is no terminal, or the caller wants it `quiet`. What is shown goes away at
    the end.
    """
    console = Console(stderr=True)
    with redirect_stdout(sys.stderr):
        if quiet or not console.is_terminal:
            yield None
            return
        with StepsShown(what, console) as shown:
            yield shown.tell


@contextmanager
def following(what: str, *, quiet: bool = False) -> "Iterator[Listener | None]":
    """Give what listens to the steps of a case in this process, as `showing` does."""
    with showing(what, quiet=quiet) as show:
        yield None if show is None else listener(show)


def listener(show: Show) -> "Listener":
    """Give what listens to steps and shows them in words."""
    from overread.outputs.progress_text import step_words
    from overread.warm.wire import Shown

    return lambda step: show(Shown(key=step.key, words=step_words(step), tool=step.tool is not None))


class StepsShown:
    """A line for the whole, and one for each step: a spinner while it goes on, the time that it took afterwards."""

    def __init__(self, what: str, console: Console) -> None:
        columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description}", markup=False))
        self._bars = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
        self._bars.add_task(what, total=None)
        self._lines: dict[str, TaskID] = {}

    def __enter__(self) -> "StepsShown":
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def tell(self, step: "Shown") -> None:
        """Show a step that begins; of one that ends keep a tool's line with what came of it, and drop a node's."""
        words = f"  {step.words}"
        if step.key not in self._lines:
            self._lines[step.key] = self._bars.add_task(words, total=1)
        elif not step.tool:
            self._bars.remove_task(self._lines.pop(step.key))
        else:
            self._bars.update(self._lines[step.key], description=words, completed=1)
