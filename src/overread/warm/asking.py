"""Have a case read by a process whose models are loaded, where there is one that reads as this one would."""

import os
import socket
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from overread.settings import Settings
from overread.warm.fingerprint import fingerprint
from overread.warm.sockets import connect, found
from overread.warm.wire import Answer, Done, No, Place, Request, Said, Shown, Taken, Told, answer_of, line_of

FIRST_SECONDS = 5.0
"""For so long a first answer is waited for: a process that imports its models answers late."""
SILENT_SECONDS = 30.0
"""A process that says nothing for so long while it reads, not even that it lives, is given up."""
Tell = Callable[[Said | Shown], None]


@dataclass(frozen=True)
class Given:
    """What `overread read` was given, as it was written."""

    inputs: tuple[Path, ...]
    order: Path | None = None
    priors: tuple[Path, ...] = ()
    prior_reports: tuple[Path, ...] = ()
    same_patient: bool = False
    out: Path = Path("out")
    as_json: bool = False


@dataclass(frozen=True)
class Unread:
    """Nobody read the case to its end."""

    why: str
    """In words."""
    begun: bool = False
    """Whether one had begun, and died, fell silent or failed."""


def ask(settings: Settings, given: Given, tell: Tell) -> Told | Unread:
    """Have a case read elsewhere; `tell` hears at once what is said and shown on the way.

    Who is interrupted, or raises in `tell`, stops the reading there too.
    """
    readers = found(settings.home)
    if not readers:
        return Unread("no worker or page of this home runs")
    request = request_of(given, fingerprint(settings))
    if request is None:
        return Unread("the input, the order or the folder for the result is for this process alone")
    refused: list[str] = []
    for reader in readers:
        connection = connect(reader)
        if connection is None:
            continue
        with connection:
            came = _ask(connection, request, tell)
        if not isinstance(came, No):
            return came
        refused.append(WHY[came.why])
    return Unread("; ".join(dict.fromkeys(refused)) or "no worker or page of this home answers")


WHY = {
    "other_settings": "what runs has other settings, models or another version",
    "out_of_reach": "what runs does not see the same files",
    "busy": "what runs is busy",
    "stopping": "what runs is about to end",
}


def request_of(given: Given, settings: str) -> Request | None:
    """Put a case into absolute paths; None where one is no file or folder of its own, such as a pipe."""
    try:
        out = given.out.absolute()
        return Request(
            fingerprint=settings,
            inputs=_places(given.inputs),
            order=None if given.order is None else _places([given.order])[0],
            priors=_places(given.priors),
            prior_reports=_places(given.prior_reports),
            same_patient=given.same_patient,
            out=out,
            out_as_given=given.out,
            out_is_under=Place.of(next(folder for folder in (out, *out.parents) if folder.exists())),
            as_json=given.as_json,
        )
    except OSError:
        return None


def _places(paths: Sequence[Path]) -> tuple[Place, ...]:
    for path in paths:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) or _is_of_a_process(path):
            raise OSError("for this process alone")
    return tuple(Place.of(path.absolute()) for path in paths)


def _is_of_a_process(path: Path) -> bool:
    """Say whether a path means another thing to each process (`/dev/stdin`, `/proc/self/fd/3`)."""
    return os.path.abspath(path).startswith(("/dev/", "/proc/"))


def _ask(connection: socket.socket, request: Request, tell: Tell) -> Told | Unread | No:
    try:
        connection.settimeout(FIRST_SECONDS)
        connection.sendall(line_of(request))
        stream = connection.makefile("rb")
        first = _next(stream.readline())
        if isinstance(first, No):
            return first
        if not isinstance(first, Taken):
            return No(why="busy")
    except (OSError, ValueError):
        return No(why="busy")
    connection.settimeout(SILENT_SECONDS)
    while True:
        try:
            answer = _next(stream.readline())
        except OSError:
            return Unread("who read it fell silent", begun=True)
        except ValueError:
            return Unread("who read it died", begun=True)
        if isinstance(answer, Done):
            return answer.told
        if isinstance(answer, Said | Shown):
            tell(answer)
        elif answer.kind == "failed":
            return Unread(f"who read it stopped with {answer.error}", begun=True)


def _next(line: bytes) -> Answer:
    """Read an answer; raises `ValueError` for a line that is not whole: who wrote it is gone."""
    if not line.endswith(b"\n"):
        raise ValueError("gone")
    return answer_of(line)
