"""Pictures without their text, for models that would be moved by ink: the setting `mask_text=always`."""

import threading
from collections import OrderedDict

from overread.pixel_text.found import TextBox, TextFinder
from overread.pixel_text.masking import filled, identifying
from overread.ports import Picture, Pixels, StoredValues
from overread.records import ImageRef

KEPT = 8
"""Pictures kept without their text: the tools of a case ask for the same few at the same time."""


class TextHidden:
    """Gives the pictures of `pixels` with all text but side markers painted over; each is looked through once."""

    def __init__(self, pixels: Pixels, finder: TextFinder) -> None:
        self._pixels = pixels
        self._finder = finder
        self._seen: OrderedDict[str, tuple[Picture, tuple[TextBox, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture [rows, columns] uint8 of an image; raise `StoreError` when it is not kept any more."""
        return self._look(image)[0]

    def stored(self, image: ImageRef) -> StoredValues | None:
        """Give the stored values as they are: who reads them reads units, and no text."""
        return self._pixels.stored(image)

    def written(self, image: ImageRef) -> tuple[TextBox, ...]:
        """Give what was found in it, side markers too, from the top down; raise `StoreError` likewise."""
        return self._look(image)[1]

    def _look(self, image: ImageRef) -> tuple[Picture, tuple[TextBox, ...]]:
        with self._lock:
            if (known := self._seen.get(image.pixels_digest)) is not None:
                self._seen.move_to_end(image.pixels_digest)
                return known
            picture = self._pixels.shown(image)
            found = self._finder.find(picture)
            self._seen[image.pixels_digest] = seen = (filled(picture, identifying(found)), found)
            while len(self._seen) > KEPT:
                self._seen.popitem(last=False)
            return seen
