"""Pictures as data URLs: the same picture is the same bytes every time, so that a server's caches know it again."""

import base64
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from overread.backends._resizing import fitted
from overread.ports import Picture
from overread.store.png import png_of

KEPT = 32


class PictureUrls:
    """Encodes pictures as 8-bit grey PNG at the model's own size, each once while it is among the last `KEPT`.

    vLLM names a picture by its content for its caches. The `uuid` that a request may give instead would let one
    client's name stand for another's picture; none is sent.
    """

    def __init__(self, size: int | None, longest: int, screen: Callable[[Picture], Picture] | None = None) -> None:
        self._screen = screen
        """What a picture passes through before it is sent; None: it goes as it is."""
        self._size = size
        """Side of the square that the model takes; None where its processor resizes by itself."""
        self._longest = longest
        self._urls: OrderedDict[bytes, str] = OrderedDict()
        self._lock = threading.Lock()

    def url(self, picture: Picture) -> str:
        """Give `data:image/png;base64,…` of a picture [rows, columns]."""
        key = hashlib.blake2b(picture.tobytes(), digest_size=16, key=str(picture.shape).encode()).digest()
        with self._lock:
            if key in self._urls:
                self._urls.move_to_end(key)
                return self._urls[key]
        # Brought to size here: servers' image libraries resize by other filters, one grey level apart.
        shown = picture if self._screen is None else self._screen(picture)
        url = _encoded(fitted(shown, self._size, self._longest))
        with self._lock:
            self._urls[key] = url
            while len(self._urls) > KEPT:
                self._urls.popitem(last=False)
        return url


def _encoded(picture: Picture) -> str:
    return "data:image/png;base64," + base64.b64encode(png_of(picture)).decode("ascii")
