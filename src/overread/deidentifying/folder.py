"""De-identify files, folders and zips into a folder; an object is written whole or not at all."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from overread.deidentifying.image_file import NotDeidentified, deidentify
from overread.deidentifying.options import Options
from overread.deidentifying.pseudonyms import Pseudonyms
from overread.deidentifying.records import Refused, Written
from overread.errors import Unreadable, UsageError
from overread.imaging.archive import members
from overread.imaging.files import list_files
from overread.pixel_text.found import TextFinder
from overread.settings import Limits
from overread.store.files import write_whole


class Deidentifier:
    """Writes objects below a folder by their new UIDs; two that come to one name must be the same."""

    def __init__(
        self, out: Path, options: Options, pseudonyms: Pseudonyms, finder: TextFinder | None, limits: Limits
    ) -> None:
        self._out = out
        self._options = options
        self._pseudonyms = pseudonyms
        self._finder = finder
        self._limits = limits
        self._written: dict[str, str] = {}
        """What this run wrote: digests of content by file."""

    def run(self, inputs: Sequence[Path]) -> Iterator[Written | Refused]:
        """De-identify every file; one that is refused costs only itself.

        Raises `UsageError` where the output would lie inside an input, and what `list_files` raises.
        """
        _check_apart(inputs, self._out)
        for source in list_files(inputs, self._limits):
            yield from self._each(Path(source.path), source.name)

    def _each(self, path: Path, name: str) -> Iterator[Written | Refused]:
        try:
            for member, content in self._contents(path, name):
                yield self._one(member, content)
        except Unreadable as error:
            yield Refused(input=name, because="unreadable", detail=error.detail)
        except (zipfile.BadZipFile, zlib.error):
            yield Refused(input=name, because="unreadable", detail="the archive is damaged")

    def _contents(self, path: Path, name: str) -> Iterator[tuple[str, bytes]]:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file) and _starts_as_zip(path):
                yield from members(file, self._limits)
                return
        yield name, path.read_bytes()

    def _one(self, name: str, content: bytes) -> Written | Refused:
        try:
            done = deidentify(content, self._options, self._pseudonyms, self._finder, self._limits)
        except NotDeidentified as refused:
            return Refused(input=name, because=refused.because, detail=str(refused))
        digest = hashlib.sha256(done.content).hexdigest()
        if self._written.setdefault(done.written.file, digest) != digest:
            said = (
                "another input has the same study, series and SOP Instance UID, and is another object; that one stays"
            )
            return Refused(input=name, because="same_uids", detail=said)
        path = self._out / done.written.file
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, done.content)
        return done.written


def _starts_as_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def _check_apart(inputs: Sequence[Path], out: Path) -> None:
    for path in inputs:
        if path.is_dir() and (out.resolve() == path.resolve() or path.resolve() in out.resolve().parents):
            raise UsageError("the output folder lies inside the input; name another with --to")
