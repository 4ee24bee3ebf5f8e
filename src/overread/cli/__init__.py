"""The command line: `overread` with its commands, and the one place where errors become exit codes."""

from overread.cli.boundary import main

__all__ = ["main"]
