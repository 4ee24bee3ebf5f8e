"""Processes of their own: one that reads for others and stands still when told to, one that asks."""

import signal
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
    """Run the command, as a shell starts it: what runs in the background of a script is born deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run(arguments))
