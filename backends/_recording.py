"""A file of answers by the digest of what was asked."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from overread.errors import SettingsError, Unavailable
from overread.records import content_digest

Entry = dict[str, Any]


class Recording:
    """JSON lines of `{"request": digest, "answer": …}`; the last line for a digest holds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._answers = dict(_lines(path)) if path.exists() else {}

    def __len__(self) -> int:
        return len(self._answers)

    def answer(self, request: Mapping[str, Any], ask: Callable[[], Entry] | None) -> Entry:
        """Ask and keep the answer; without anybody to ask, give the kept one or raise `Unavailable`."""
        digest = content_digest(dict(request), 64)
        if ask is not None:
            entry = ask()
            self._keep(digest, entry)
            return entry
        if digest not in self._answers:
            raise Unavailable(f"the recording {self._path.name} has no answer to request {digest[:12]}; record it")
        return self._answers[digest]

    def _keep(self, digest: str, entry: Entry) -> None:
        line = json.dumps({"request": digest, "answer": entry}, allow_nan=False)
        with self._lock:
            self._answers[digest] = entry
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


def picture_digest(picture: NDArray[np.uint8]) -> str:
    """Name a picture by its shape and pixels."""
    shape = "x".join(str(side) for side in picture.shape)
    return hashlib.sha256(shape.encode() + b":" + np.ascontiguousarray(picture).tobytes()).hexdigest()


def _lines(path: Path) -> list[tuple[str, Entry]]:
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            content = json.loads(line)
            found.append((str(content["request"]), dict(content["answer"])))
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"line {number} of the recording {path.name} is damaged; record it again") from error
    return found
