"""The outermost boundary: run a command, turn what it raises into one clear line and an exit code.

0 done · 1 failure · 2 bad usage or unreadable input · 3 refused at the gate · 130 interrupted
"""

import sys
from collections.abc import Sequence

from overread.cli.app import build
from overread.cli.ending import FAILURE, exit_code, stopped
from overread.cli.printing import complain
from overread.errors import OverreadError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit the process."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code. One of the two places that catch everything."""
    try:
        build()(args=list(arguments), prog_name="overread", standalone_mode=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except OverreadError as error:
        if _debugging(arguments):
            raise
        complain(str(error))
        return exit_code(error)
    except Exception as error:
        if _debugging(arguments):
            raise
        complain(stopped(error))
        return FAILURE
    return 0


def _debugging(arguments: Sequence[str]) -> bool:
    """Look for `--debug` in the arguments themselves: it must hold before they are parsed."""
    return "--debug" in arguments
