"""The folder of sockets in a home, for the user who owns it alone: one for each process that reads for others."""

import os
import secrets
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER, SUFFIX = "readers", ".sock"
LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes; longer ones go through a descriptor of their folder."""
CONNECT_SECONDS = 1.0
BACKLOG = 16


def found(home: Path) -> list[Path]:
    """Name the sockets of a home that are this user's own and nobody else's to write, the newest first."""
    folder = home / FOLDER
    with suppress(OSError):
        if _is_private(folder.lstat(), stat.S_ISDIR):
            seen = [(path.lstat(), path) for path in folder.iterdir() if path.suffix == SUFFIX]
            own = [(told.st_mtime, path) for told, path in seen if _is_private(told, stat.S_ISSOCK)]
            return [path for _, path in sorted(own, reverse=True)]
    return []


def connect(path: Path) -> socket.socket | None:
    """Connect to a socket whose other end is a process of this user; None where there is none."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CONNECT_SECONDS)
    try:
        with _address(path) as address:
            connection.connect(address)
        if is_own(connection):
            return connection
    except OSError:
        pass
    connection.close()
    return None


def is_own(connection: socket.socket) -> bool:
    """Say whether the other end is a process of this user, where the system tells (Linux).

    The folder keeps others out as well.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return bool(struct.unpack("3i", told)[1] == os.geteuid())


@contextmanager
def listening(home: Path) -> Iterator[socket.socket]:
    """Listen at a socket of one's own in a home, which goes away at the end; raises `OSError` where that cannot be."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_private(folder.lstat(), stat.S_ISDIR):
        raise PermissionError(f"'{FOLDER}' in the home folder is not this user's alone")
    _clear(folder)
    name = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
    made, path = folder / f"{name}.new", folder / f"{name}{SUFFIX}"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _address(made) as address:
            listener.bind(address)
        made.chmod(0o600)
        listener.listen(BACKLOG)
        # Under its name only now: one that refuses is taken for dead by others.
        made.rename(path)
        yield listener
    finally:
        for each in (made, path):
            each.unlink(missing_ok=True)
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        listener.close()


def _clear(folder: Path) -> None:
    """Remove the sockets of processes on this host that died; those of others cannot be asked from here."""
    for path in folder.glob(f"{_host()}-*{SUFFIX}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(CONNECT_SECONDS)
            try:
                with _address(path) as address:
                    probe.connect(address)
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)
            except OSError:
                continue


def _host() -> str:
    return "".join(letter for letter in socket.gethostname() if letter.isalnum())[:24] or "host"


def _is_private(seen: os.stat_result, is_kind: Callable[[int], bool]) -> bool:
    """Say whether something is of a kind, this user's, and open to no other."""
    return is_kind(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & 0o077


@contextmanager
def _address(path: Path) -> Iterator[str]:
    if len(os.fsencode(path)) <= LONGEST_PATH:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
