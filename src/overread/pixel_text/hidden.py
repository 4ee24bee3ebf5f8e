"""Pictures without their text, for models that would be moved by ink: the setting `mask_text=always`."""

import threading
from collections import OrderedDict

from overread.pixel_text.found import TextFinder
from overread.pixel_text.masking import identifying, masked
from overread.ports import Picture, Pixels
from overread.records import ImageRef

KEPT = 8
"""Pictures kept without their text: the tools of a case ask for the same few at the same time."""


class TextHidden:
    """Gives the pictures of `pixels` with all text but side markers painted over; each is looked through once."""

    def __init__(self, pixels: Pixels, finder: TextFinder) -> None:
        self._pixels = pixels
        self._finder = finder
        self._shown: OrderedDict[str, Picture] = OrderedDict()
        self._lock = threading.Lock()

    def shown(self, image: ImageRef) -> Picture:
        """Give the picture [rows, columns] uint8 of an image; raise `StoreError` when it is not kept any more."""
        with self._lock:
            if (known := self._shown.get(image.pixels_digest)) is not None:
                self._shown.move_to_end(image.pixels_digest)
                return known
            picture = self._pixels.shown(image)
            hidden = masked(picture, identifying(self._finder.find(picture)))
            self._shown[image.pixels_digest] = hidden
            while len(self._shown) > KEPT:
                self._shown.popitem(last=False)
            return hidden
