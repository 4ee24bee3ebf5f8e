"""The pictures of items: read once each, and what stands in their place for the controls."""

import hashlib
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from overread.errors import Unreadable
from overread.evals.answering._replies import Control
from overread.evals.benchmarks._item import Item, PictureFile
from overread.imaging.raster import read_raster
from overread.ports import Picture
from overread.settings import Limits

KINDS = {b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}
GREY = 128


@dataclass(frozen=True)
class Seen:
    """Pictures [rows, columns] uint8 with the SHA-256 of their pixels, or why there are none."""

    pictures: tuple[Picture, ...] = ()
    digests: tuple[str, ...] = ()
    missing: str | None = None


@dataclass
class Album:
    """The pictures of a benchmark's folder."""

    folder: Path
    limits: Limits
    _read: dict[PictureFile, Seen] = field(default_factory=dict)

    def of(self, item: Item) -> Seen:
        """Give the pictures of an item; where one is missing or cannot be read there are none."""
        parts = [self._one(file) for file in item.pictures]
        if missing := next((part.missing for part in parts if part.missing), None):
            return Seen(missing=missing)
        return Seen(
            tuple(picture for part in parts for picture in part.pictures),
            tuple(digest for part in parts for digest in part.digests),
        )

    def _one(self, file: PictureFile) -> Seen:
        if file not in self._read:
            self._read[file] = self._open(file)
        return self._read[file]

    def _open(self, file: PictureFile) -> Seen:
        content = file.read(self.folder)
        if content is None:
            return Seen(missing="no picture there")
        kind = next((name for head, name in KINDS.items() if content.startswith(head)), None)
        if kind is None:
            return Seen(missing="neither PNG nor JPEG")
        try:
            picture = read_raster(io.BytesIO(content), kind, self.limits).picture
        except (Unreadable, OSError, ValueError, SyntaxError):
            return Seen(missing="the picture cannot be read")
        return Seen((picture,), (digest_of(picture),))


def digest_of(picture: Picture) -> str:
    """Give the SHA-256 of a picture's pixels and shape."""
    return hashlib.sha256(repr(picture.shape).encode() + np.ascontiguousarray(picture).tobytes()).hexdigest()


def in_its_place(seen: Seen, control: Control, other: Seen | None) -> Seen:
    """Give what a control shows: the picture itself, a grey field of its size, or another's."""
    if control == "as_is" or seen.missing:
        return seen
    if control == "shuffled":
        return other or Seen(missing="no other picture to show in its place")
    grey = tuple(np.full(picture.shape, GREY, np.uint8) for picture in seen.pictures)
    return Seen(grey, tuple(digest_of(picture) for picture in grey))


def strangers(items: Sequence[Item], seed: int) -> Mapping[str, Item]:
    """Give each cluster an item of another one, whose pictures stand in for its own; none where it is the only one."""
    first = {item.cluster: item for item in reversed(items)}
    clusters = sorted(first)
    random.Random(seed).shuffle(clusters)
    shifted = clusters[1:] + clusters[:1]
    return {own: first[other] for own, other in zip(clusters, shifted, strict=True) if own != other}
