"""Pictures out of a message: PNG or JPEG bytes, decoded in the reader's child process like any other input."""

import base64
import binascii
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from overread.errors import Unreadable, UsageError
from overread.imaging import read_input
from overread.ports import Picture
from overread.records import Greys
from overread.settings import Limits
from overread.store.pictures import picture_digest

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
SEND = "Send a PNG or a JPEG, base64 encoded"


class _Kept:
    """The pictures of one reading, in memory."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []

    def put(self, picture: Picture) -> str:
        self.pictures.append(picture)
        return picture_digest(picture)

    def put_greys(self, codes: NDArray[np.uint16], greys: Greys) -> str | None:
        return None  # a model is shown the picture


def decode_picture(content: bytes, limits: Limits) -> Picture:
    """Decode one PNG or JPEG to the picture as shown; raise `Unreadable` for anything else or beyond the limits."""
    if not content.startswith(SIGNATURES):
        raise Unreadable("not_an_image", "the image is neither a PNG nor a JPEG", SEND)
    kept = _Kept()
    with tempfile.TemporaryDirectory(prefix="overread-") as folder:
        path = Path(folder) / "image"
        path.write_bytes(content)
        # A plain picture names no patient: there is nothing for the key to hide.
        read_input([path], sink=kept, key=b"", limits=limits)
    return kept.pictures[0]


def decode_base64(text: str, limits: Limits) -> Picture:
    """Decode a base64 PNG or JPEG; raise `Unreadable` for what is none, before it is decoded when it is too long."""
    if len(text) * 3 // 4 > limits.file_bytes + 3:
        raise Unreadable("too_large", f"the image is larger than {limits.file_bytes} bytes", "Raise limits.file_bytes")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("unreadable", "the image is not base64", SEND) from error
    return decode_picture(content, limits)


def decode_address(address: str, limits: Limits) -> Picture:
    """Decode a data URL; raise `UsageError` for every other address, which is never fetched."""
    head, comma, data = address.partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise UsageError("an image was given by its address, which is never fetched; give its bytes as base64")
    return decode_base64(data, limits)
