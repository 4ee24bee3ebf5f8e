"""Content-addressed PNG folders: pictures of cases and the masks made from them."""

import hashlib
import io
import threading
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.errors import StoreError
from overread.ports import Picture, StoredPng, StoredValues
from overread.records import Greys, ImageRef
from overread.store.files import write_whole
from overread.store.greys import greys_digest, pack, unpack
from overread.store.png import png_of

PREVIEW_SIDE = 1200
"""Pixels that a preview has at most on a side."""
DECODED_BYTES = 24 * 2**20
"""Of pictures and masks that are held decoded: those that the cases under way look at now, or one of any size."""


def picture_digest(picture: Picture) -> str:
    """Name a picture by SHA-256 over its shape and bytes."""
    digest = hashlib.sha256(repr(picture.shape).encode())
    digest.update(np.ascontiguousarray(picture).tobytes())
    return digest.hexdigest()


class PictureFolder:
    """Keeps 8-bit pictures as PNG under their digest; writing twice is writing once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, picture: Picture) -> str:
        """Keep a picture [rows, columns] and give its digest."""
        digest = picture_digest(picture)
        if not self.has(digest):
            write_whole(self._path(digest), png_of(picture))
        _DECODED.keep(self._path(digest), picture)
        return digest

    def write(self, digest: str, png: bytes) -> None:
        """Keep a PNG under the digest of its picture."""
        path = self._path(digest)
        if not path.exists():
            write_whole(path, png)

    def has(self, digest: str) -> bool:
        """Say whether the picture of a digest is still kept."""
        return self._path(digest).is_file()

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture of an image; raises `StoreError` when it is not kept any more."""
        return self.get(image.pixels_digest)

    def get(self, digest: str) -> Picture:
        """Give the picture [rows, columns] of a digest; raises `StoreError` when it is not kept any more."""
        path = self._path(digest)
        if not path.is_file():
            raise _gone(digest)
        return _DECODED.of(path)

    def png(self, digest: str) -> bytes:
        """Give the PNG of a digest as it is kept; raises `StoreError` when it is not kept any more."""
        try:
            return self._path(digest).read_bytes()
        except FileNotFoundError:
            raise _gone(digest) from None

    def preview(self, digest: str) -> bytes:
        """Give a picture as a small JPEG, made when it is first asked for; raises `StoreError` when it is not kept."""
        path = self._path(digest).with_suffix(".preview.jpg")
        if not path.is_file():
            write_whole(path, _preview(self.get(digest)))
        return path.read_bytes()

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str:
        """Keep the stored values of a picture and give their digest."""
        digest = greys_digest(codes, greys)
        if not self._greys_path(digest).is_file():
            write_whole(self._greys_path(digest), pack(codes, greys))
        return digest

    def write_greys(self, digest: str, content: bytes) -> None:
        """Keep what `greys` of another folder gave."""
        if not self._greys_path(digest).exists():
            write_whole(self._greys_path(digest), content)

    def greys(self, digest: str) -> bytes:
        """Give stored values as `store.greys.pack` wrote them; raises `StoreError` when they are not kept any more."""
        try:
            return self._greys_path(digest).read_bytes()
        except FileNotFoundError:
            raise StoreError(f"the stored values {digest[:12]} are not kept any more; read the input again") from None

    def stored(self, image: ImageRef) -> StoredValues | None:
        """Give the stored values of an image, or None where none were kept; raises `StoreError` when they are gone."""
        return None if image.greys_digest is None else StoredValues(*unpack(self.greys(image.greys_digest)))

    def put_png(self, picture: NDArray[np.uint8]) -> StoredPng:
        """Keep a picture [rows, columns]; its path is relative to this folder."""
        digest = self.put(picture)
        return StoredPng(path=str(self._path(digest).relative_to(self.root)), digest=digest)

    def get_png(self, path: str) -> NDArray[np.uint8]:
        """Give the picture that `put_png` kept; raises `StoreError` when it is not kept any more."""
        return self.get(Path(path).stem)

    def absolute(self, path: str) -> Path:
        """Give the place of a path of `put_png`, whether a file is there or not."""
        return self.root / path

    def _path(self, digest: str) -> Path:
        return self.root / digest[:2] / f"{digest}.png"

    def _greys_path(self, digest: str) -> Path:
        return self.root / digest[:2] / f"{digest}.greys.gz"


class HeldPictures:
    """Holds the pictures of an input in memory until it is known whether any of them may be kept."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}
        self._greys: dict[str, bytes] = {}

    def put(self, picture: Picture) -> str:
        """Hold a picture [rows, columns] and give its digest."""
        digest = picture_digest(picture)
        if digest not in self._held:
            self._held[digest] = png_of(picture)
        return digest

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str:
        """Hold the stored values of a picture and give their digest."""
        digest = greys_digest(codes, greys)
        if digest not in self._greys:
            self._greys[digest] = pack(codes, greys)
        return digest

    def keep_in(self, folder: PictureFolder, digests: Collection[str], greys: Collection[str] = ()) -> None:
        """Write the pictures and the stored values of these digests into a folder; the others are lost."""
        for digest, content in self._greys.items():
            if digest in greys:
                folder.write_greys(digest, content)
        for digest, png in self._held.items():
            if digest in digests:
                folder.write(digest, png)


class _Decoded:
    """Holds the last pictures of this process, for all tools that look at them; what has a digest never changes."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[Path, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, path: Path) -> Picture:
        """Give the picture of a file, which is there; not to be written to."""
        with self._lock:
            if path in self._held:
                self._held.move_to_end(path)
                return self._held[path]
        with Image.open(path) as png:
            return self.keep(path, np.asarray(png, dtype=np.uint8))

    def keep(self, path: Path, picture: Picture) -> Picture:
        """Hold a copy, which nobody writes to, and let go of the oldest."""
        held = np.array(picture, dtype=np.uint8, order="C")
        held.flags.writeable = False
        with self._lock:
            self._held[path] = held
            self._held.move_to_end(path)
            while len(self._held) > 1 and sum(each.nbytes for each in self._held.values()) > self._most:
                self._held.popitem(last=False)
        return held


_DECODED = _Decoded(DECODED_BYTES)


def _gone(digest: str) -> StoreError:
    return StoreError(f"the pixels {digest[:12]} are not kept any more; read the input again")


def _preview(picture: Picture) -> bytes:
    stream = io.BytesIO()
    smaller = Image.fromarray(picture).reduce(max(1, -(-max(picture.shape) // PREVIEW_SIDE)))
    smaller.save(stream, format="JPEG", quality=90)
    return stream.getvalue()
