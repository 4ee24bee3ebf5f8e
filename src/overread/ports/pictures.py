"""Pictures and masks as tools are handed them, and where these lie."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from overread.records import (
    Greys,
    ImageRef,
)

Picture = NDArray[np.uint8]
"""An image as shown: [rows, columns], 0 = black, air dark, bone bright."""


class StoredValues(NamedTuple):
    """Codes [rows, columns] of a picture and what they mean."""

    codes: NDArray[np.uint16]
    greys: Greys


class Pixels(Protocol):
    """The pictures of a case, kept out of the state."""

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture as shown; raise `StoreError` when it is not kept any more."""

    def stored(self, image: ImageRef) -> StoredValues | None:
        """Give its stored values, turned as the picture is; None where none are kept: the picture has it all.

        Raises `StoreError` when they are not kept any more.
        """


class StoredPng(NamedTuple):
    """What an artifact store gives for a picture: where it lies, and the digest of its content."""

    path: str
    """Relative to the artifact store."""
    digest: str


class Artifacts(Protocol):
    """A content-addressed place for masks and overlays."""

    def put_png(self, picture: NDArray[np.uint8]) -> StoredPng:
        """Keep a picture [rows, columns], uint8; the same picture has the same path and digest each time.

        It must come back from `get_png` unchanged, pixel by pixel.
        """

    def get_png(self, path: str) -> NDArray[np.uint8]:
        """Give the picture [rows, columns], uint8, at a path of `put_png`; raise `StoreError` when it is gone."""
