"""What an archive does: it finds studies and gives them out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from overread.archives.earlier import PriorSource
from overread.archives.query import FoundStudy, StudyQuery
from overread.errors import Unreadable
from overread.settings import Limits


class Archive(PriorSource, Protocol):
    """Finds studies and gives them out, earlier ones of a patient too."""

    where: str
    """For people, without credentials."""
    identity: str
    """Always the same for the same archive."""

    def find(self, query: StudyQuery) -> Iterator[FoundStudy]:
        """Give the studies that fit, each once; raises `PeerError` where the archive does not answer."""

    def fetch(self, key: str, folder: Path) -> tuple[Path, ...] | None:
        """Put the images of a study into an empty folder, one file each; None where the study is gone.

        Only series of the modalities that the archive was opened with. Raises `PeerError` where the archive does not
        give it, `Unreadable` for more than the limits allow.
        """


class Writer:
    """Writes images into a folder, named by number, up to the limits; raises `Unreadable` (`too_large`) beyond."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._bytes = 0
        self.paths: list[Path] = []

    @property
    def most_bytes(self) -> int:
        """Give how much one study may have."""
        return self._limits.archive_bytes

    def add(self, content: bytes) -> None:
        """Write one image, its bytes untouched: they are read in the reader's child process alone."""
        if len(self.paths) == self._limits.files:
            raise Unreadable("too_large", f"more than {self._limits.files} images", "Raise limits.files")
        self._bytes += len(content)
        if len(content) > self._limits.file_bytes:
            raise Unreadable("too_large", "an image of more bytes than a file may have", "Raise limits.file_bytes")
        if self._bytes > self._limits.archive_bytes:
            raise Unreadable("too_large", "more bytes than one study may have", "Raise limits.archive_bytes")
        path = self._folder / f"{len(self.paths) + 1:05d}.dcm"
        path.write_bytes(content)
        self.paths.append(path)
