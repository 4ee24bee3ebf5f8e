"""Stored values of a picture as one file, which is sent to the browser as it lies there.

After gzip: 4 bytes with the length of the JSON (little endian), the JSON of `Greys`, then two bytes of each pixel in
planes, the high bytes first. Each pixel is written as its difference to the one before it, folded so that small ones of
either sign have a zero high byte. Of a radiograph of 15 bits this leaves 4.8 MB of 7.2 in 0.2 s; a 16-bit PNG leaves
5.5 MB in 0.6 s, and a browser would reduce it to 8 bits.
"""

import gzip
import hashlib

import numpy as np
from numpy.typing import NDArray

from overread.records import Greys


def greys_digest(codes: NDArray[np.uint16], greys: Greys) -> str:
    """Name stored values by SHA-256 over what they mean and the codes [rows, columns]."""
    digest = hashlib.sha256(greys.model_dump_json().encode())
    digest.update(np.ascontiguousarray(codes, "<u2").tobytes())
    return digest.hexdigest()


def pack(codes: NDArray[np.uint16], greys: Greys) -> bytes:
    """Write codes [rows, columns] and what they mean."""
    head = greys.model_dump_json().encode()
    steps = np.diff(codes.astype(np.uint16, copy=False).ravel(), prepend=np.uint16(0)).astype(np.int16)
    folded = ((steps << 1) ^ (steps >> 15)).astype(np.uint16)
    planes = (folded >> 8).astype(np.uint8).tobytes() + (folded & 255).astype(np.uint8).tobytes()
    return gzip.compress(len(head).to_bytes(4, "little") + head + planes, 1, mtime=0)


def unpack(content: bytes) -> tuple[NDArray[np.uint16], Greys]:
    """Read what `pack` wrote."""
    raw = gzip.decompress(content)
    end = 4 + int.from_bytes(raw[:4], "little")
    greys = Greys.model_validate_json(raw[4:end])
    high, low = np.frombuffer(raw, np.uint8, offset=end).reshape(2, -1).astype(np.uint16)
    folded = (high << 8) | low
    steps = (folded >> 1) ^ (np.uint16(0) - (folded & 1))
    return np.cumsum(steps, dtype=np.uint16).reshape(greys.rows, greys.columns), greys
