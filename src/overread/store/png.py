"""Pictures as PNG (W3C PNG, third edition), without loss; fast rather than small.

Pillow tries five filters a row, which takes longer than to compress; a radiograph is smooth from row to row, and so the
difference to the row above (filter 2) is as good as the best of them. Of greys only runs are looked for then: half the
time of Pillow's level 1 or less, and smaller; of an overlay, with its flat panel, zlib's own search finds more.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, COLOUR = 0, 2
UP = 2


def png_of(picture: NDArray[np.uint8], level: int = 1) -> bytes:
    """Give a picture [rows, columns] or [rows, columns, 3], not empty, as PNG; `level` is zlib's, 1 fast to 9 small."""
    grey = picture.ndim == 2
    header = struct.pack(">IIBBBBB", picture.shape[1], picture.shape[0], 8, GREY if grey else COLOUR, 0, 0, 0)
    packer = zlib.compressobj(level, strategy=zlib.Z_RLE if grey else zlib.Z_DEFAULT_STRATEGY)
    packed = packer.compress(_filtered(picture.reshape(picture.shape[0], -1)).data) + packer.flush()
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _filtered(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give each row's difference to the one above, the first as it is, with the filter's number before it."""
    lines = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    lines[:, 0] = UP
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    return lines


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
