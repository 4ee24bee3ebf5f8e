"""How a command ends that raised an error: its exit code and its one line."""

import errno
import os
import sqlite3

from overread.errors import (
    InputError,
    OverreadError,
    PluginError,
    PromptError,
    ServingRefused,
    SettingsError,
    UsageError,
)

FAILURE, BAD_USAGE = 1, 2
FULL = (errno.ENOSPC, errno.EDQUOT)
_ROOM = "make room on the disk of 'home' or of the output, then give the command again"

_RESTORE = "stop all that uses it, keep it as it is, and restore the last backup (docs/operations.md, Runbook)"


def exit_code(error: OverreadError) -> int:
    """Give 2 for a wrong request, input, setting, prompt or extension and for `ServingRefused`, 1 for all others."""
    wrong = UsageError | InputError | SettingsError | PromptError | PluginError | ServingRefused
    return BAD_USAGE if isinstance(error, wrong) else FAILURE


def told(error: Exception) -> str:
    """Say what went wrong in one line: our own errors in their words, those of others as `stopped` does."""
    return str(error) if isinstance(error, OverreadError) else stopped(error)


def stopped(error: Exception) -> str:
    """Say with what a command stopped that raised an error of others, whose own words may hold a patient's data.

    Of the system and of SQLite the kind of the error is told, which holds none, and no path.
    """
    cause = getattr(error, "orig", None) or error
    shown = "'overread --debug …' shows where"
    if isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorname", None):
        code = cause.sqlite_errorcode & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return f"stopped: no room is left for the store; {_ROOM}"
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return f"stopped: a database in 'home' is damaged ({cause.sqlite_errorname}); {_RESTORE}"
        if code == sqlite3.SQLITE_IOERR:
            return f"stopped: the disk of 'home' is full or fails ({cause.sqlite_errorname}); look at it, or {_ROOM}"
        return f"stopped: the store's SQLite says {cause.sqlite_errorname}; {shown}"
    if isinstance(cause, OSError) and cause.errno in FULL:
        return f"stopped: {os.strerror(cause.errno).lower()}; {_ROOM}"
    if isinstance(cause, OSError) and cause.errno:
        return f"stopped with {type(error).__name__}: {os.strerror(cause.errno).lower()}; {shown}"
    return f"stopped with {type(error).__name__}; {shown}"
