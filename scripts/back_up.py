"""Back a live SQLite store up: `python -m scripts.back_up HOME TO`; restored, it goes on as after a kill -9.

Both databases are copied while nobody can write to either: together they are what a killed process would have left, and
that is gone on from. Files are copied after them: what a row names was written before the row.
"""

import shutil
import sqlite3
import sys
from contextlib import ExitStack, closing
from pathlib import Path

DATABASES = ("cases.sqlite", "checkpoints.sqlite")
LEFT_OUT = ("locks", "progress", "serving", "page-cache", "*.sqlite*")
"""What belongs to processes that run, and what was copied by SQLite itself."""
WAIT_SECONDS = 30.0


def back_up(home: Path, to: Path) -> None:
    """Copy a store into a folder that is not there yet."""
    to.mkdir(parents=True, mode=0o700)
    with ExitStack() as held:
        bases = [name for name in DATABASES if (home / name).is_file()]
        for name in bases:
            writer = held.enter_context(closing(sqlite3.connect(home / name, timeout=WAIT_SECONDS)))
            writer.execute("BEGIN IMMEDIATE")  # readers go on, writers wait
        for name in bases:
            with closing(sqlite3.connect(home / name)) as source, closing(sqlite3.connect(to / name)) as target:
                source.backup(target)
    shutil.copytree(home, to, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)


if __name__ == "__main__":
    back_up(Path(sys.argv[1]), Path(sys.argv[2]))
