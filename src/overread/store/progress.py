"""What each case under way is at, in one small file a case, so that another process can show it."""

import os
import secrets
from pathlib import Path

from overread.records import Progress


class ProgressFolder:
    """Keeps the progress of cases that are being read; it is no truth about a case, and a kill may leave it behind."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, progress: Progress) -> None:
        """Replace a case's progress whole; not synced to the disk, as it is worth nothing after a crash."""
        path = self._path(progress.case_id)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        part.write_text(progress.model_dump_json(exclude_defaults=True), encoding="utf-8")
        os.replace(part, path)

    def read(self, case_id: str) -> Progress | None:
        """Give the progress of a case; None when nobody reads it."""
        try:
            text = self._path(case_id).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Progress.model_validate_json(text)

    def clear(self, case_id: str) -> None:
        """Forget a case's progress, if there is any."""
        self._path(case_id).unlink(missing_ok=True)

    def _path(self, case_id: str) -> Path:
        return self._root / f"{case_id}.json"
