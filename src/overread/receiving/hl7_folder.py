"""HL7 v2 out of a folder: each file is a message or several; the markers are those of a watch folder.

`NAME.lock` says that its sender is not done. `NAME.processed` or `NAME.error` says as JSON what became of it; without
it the file is taken again, which does nothing to what was taken. No file is ever moved, changed or deleted.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from overread.errors import UsageError
from overread.hl7v2.message import messages_in
from overread.receiving.hl7_desk import Hl7Desk, Taken
from overread.receiving.watch_folder import ERROR, LOCK, MARKERS, PROCESSED
from overread.settings import Hl7
from overread.store.files import write_whole


def take_folder(path: Path, desk: Hl7Desk, settings: Hl7) -> Iterator[Taken]:
    """Take what is new in a folder, or the one file that is named; raises `UsageError` where it is not there."""
    if path.is_file():
        yield from _take(path, desk, settings)
        return
    if not path.is_dir():
        raise UsageError(f"'{path}' is not there; give a file of HL7 messages or a folder of such files")
    for file in sorted(path.iterdir()):
        plain = file.is_file() and not file.is_symlink() and not file.name.startswith(".")
        if plain and not file.name.endswith(MARKERS) and not _is_done(file):
            yield from _take(file, desk, settings)


def _is_done(file: Path) -> bool:
    return any(_beside(file, marker).exists() for marker in (LOCK, PROCESSED, ERROR))


def _take(file: Path, desk: Hl7Desk, settings: Hl7) -> Iterator[Taken]:
    if file.stat().st_size > settings.message_bytes:
        reason = f"more than {settings.message_bytes} bytes; put fewer messages into a file"
        _mark(file, ERROR, [{"became": "refused", "reason": reason}])
        return
    told = []
    for content in messages_in(file.read_bytes()) or [b""]:
        taken = desk.take(content)
        told.append({"message": taken.message_id, "became": taken.became, "reason": taken.reason})
        yield taken
    _mark(file, PROCESSED if all(each["became"] != "aside" for each in told) else ERROR, told)


def _mark(file: Path, marker: str, told: list[dict[str, str | None]]) -> None:
    write_whole(_beside(file, marker), f"{json.dumps(told, indent=2)}\n".encode())


def _beside(file: Path, marker: str) -> Path:
    return file.with_name(f"{file.name}{marker}")
