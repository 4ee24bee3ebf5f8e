"""The embedded store on disk: one folder with the database, checkpoints, pictures, artifacts and deliveries."""

import os
import secrets
import tempfile
from pathlib import Path

from overread.store.cases import CaseStore
from overread.store.pictures import PictureFolder
from overread.store.progress import ProgressFolder


class Home:
    """Where everything of one installation lives; made on first use, readable by its owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.pictures = PictureFolder(root / "pictures")
        self.artifacts = PictureFolder(root / "artifacts")
        self.cases = CaseStore(f"sqlite:///{root / 'cases.sqlite'}", root / "locks")
        self.progress = ProgressFolder(root / "progress")
        self.checkpoints = root / "checkpoints.sqlite"

    def delivery(self, case_id: str) -> Path:
        """Give the folder that a case is delivered into; made when it is not there."""
        folder = self.root / "deliveries" / case_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def key(self) -> bytes:
        """Give the secret that turns a patient's identifier into a key; made once, never leaves the folder."""
        path = self.root / "patient.key"
        if not path.exists():
            _create_once(path, secrets.token_bytes(32))
        return path.read_bytes()

    def close(self) -> None:
        """Close the case store."""
        self.cases.close()


def _create_once(path: Path, content: bytes) -> None:
    """Write a whole file under its name unless somebody was first; two processes then read the same bytes."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    try:
        os.link(name, path)
    except FileExistsError:
        return
    finally:
        os.unlink(name)
