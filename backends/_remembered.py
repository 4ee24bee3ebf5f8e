"""What a model said of the last pictures, so that two tools which ask the same of one picture have it computed once."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from overread.ports import Picture

SaidT = TypeVar("SaidT")


class Remembered(Generic[SaidT]):
    """Keeps what was said of the last `most` pictures, by their content; any thread may ask.

    Who asks of a picture that another thread is asking of waits for that answer.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, SaidT] = OrderedDict()
        self._turns: dict[bytes, threading.Lock] = {}
        self._lock = threading.Lock()

    def of(self, picture: Picture, ask: Callable[[Picture], SaidT]) -> SaidT:
        """Give what was said of a picture [rows, columns], else ask; what `ask` raises is not kept."""
        key = content_key(picture)
        with self._lock:
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:
            try:
                return self._said(key, picture, ask)
            finally:
                with self._lock:
                    self._turns.pop(key, None)

    def _said(self, key: bytes, picture: Picture, ask: Callable[[Picture], SaidT]) -> SaidT:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        said = ask(picture)
        with self._lock:
            self._kept[key] = said
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return said


def content_key(*pictures: Picture) -> bytes:
    """Name pictures by their shapes and grey levels, 16 bytes."""
    digest = hashlib.blake2b(digest_size=16)
    for picture in pictures:
        digest.update(f"{picture.shape}:".encode() + picture.tobytes())
    return digest.digest()
