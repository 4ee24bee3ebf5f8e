"""Processes of their own: one that reads for others and stands still when told to, one that asks."""

import sys
import time
from pathlib import Path

from overread.cli.boundary import run
from tests.batch.child import classifier
from tests.graphs.rooms import scripted_tools
from tests.warm.conftest import reading


def read_for_others(home: Path) -> None:
    """Read for others until killed."""
    with reading(tools=scripted_tools(classification=classifier(home))):
        time.sleep(3600)


def ask(*arguments: str) -> None:
    """Run the command."""
    sys.exit(run(arguments))
