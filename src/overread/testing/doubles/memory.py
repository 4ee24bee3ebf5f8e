"""The pixel store and the artifact store, in memory."""

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from overread.errors import CaseUnknown, StoreError
from overread.ports import Picture, StoredPng, StoredValues
from overread.records import Greys, ImageRef, content_digest


def picture_digest(picture: NDArray[np.uint8]) -> str:
    """Name a picture by the SHA-256 of its shape and bytes."""
    shape = ",".join(str(side) for side in picture.shape)
    return hashlib.sha256(shape.encode() + b":" + np.ascontiguousarray(picture).tobytes()).hexdigest()


class MemoryPixels:
    """Keeps pictures by their digest, as the pixel store does."""

    def __init__(self, pictures: Iterable[Picture] = ()) -> None:
        self._pictures: dict[str, Picture] = {}
        self._stored: dict[str, StoredValues] = {}
        for picture in pictures:
            self.put(picture)

    def put(self, picture: Picture, digest: str | None = None) -> str:
        """Keep a picture under `digest`, its own when none is given, and return that."""
        key = digest or picture_digest(picture)
        self._pictures[key] = picture
        return key

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str:
        """Keep stored values under their digest and return that."""
        digest = content_digest([greys.model_dump(mode="json"), picture_digest(codes.view(np.uint8))], length=64)
        self._stored[digest] = StoredValues(codes, greys)
        return digest

    def stored(self, image: ImageRef) -> StoredValues | None:
        """Give the stored values of an image, None where none were put."""
        return self._stored.get(image.greys_digest or "")

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture of an image; raises `CaseUnknown` when it was never put."""
        try:
            return self._pictures[image.pixels_digest]
        except KeyError:
            raise CaseUnknown("the picture is not kept any more; read the input again") from None


class MemoryArtifacts:
    """Keeps PNGs by their content; `pictures` is open for a test to look into."""

    def __init__(self) -> None:
        self.pictures: dict[str, NDArray[np.uint8]] = {}

    def put_png(self, picture: NDArray[np.uint8]) -> StoredPng:
        """Keep a copy of a picture under its digest."""
        digest = picture_digest(picture)
        path = f"{digest}.png"
        self.pictures[path] = picture.copy()
        return StoredPng(path, digest)

    def get_png(self, path: str) -> NDArray[np.uint8]:
        """Give the picture of a path; raises `StoreError` when it was never put."""
        try:
            return self.pictures[path]
        except KeyError:
            raise StoreError(f"no artifact at {path}; run the tool again") from None
