"""Why a server ended, in one line of its log."""

import re
from pathlib import Path

TAIL = 64 * 2**10
LONGEST = 300
PREFIX = re.compile(r"^(\(\w+ pid=\d+\) )?(ERROR \d\d-\d\d \d\d:\d\d:\d\d \[[^\]]*\] )?")
CAUSE = re.compile(r"\b\w*(Error|Exception)\b.*: \S|\berror: \S")
ASIDE = re.compile(r"^(INFO|WARNING|DEBUG)\b|root cause above|resource_tracker|Warning: ")
"""Lines that tell of something else, or only that something failed."""


def exit_reason(log: Path) -> str:
    """Give the last line that names an error, else the last line; empty when the log is."""
    lines = [PREFIX.sub("", line).strip() for line in _tail(log)]
    spoken = [(number, line) for number, line in enumerate(lines) if line]
    named = [(number, line) for number, line in spoken if CAUSE.search(line) and not ASIDE.search(line)]
    if not spoken:
        return ""
    number, line = (named or spoken)[-1]
    if re.search(r"validation errors? for \S+$", line):  # pydantic says what it was on the next line
        line = f"{line}: {' '.join(lines[number + 1 : number + 2])}"
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"


def _tail(log: Path) -> list[str]:
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL))
        return file.read().decode("utf-8", "replace").splitlines()
