"""Mutations of bytes that know nothing, or only where the lengths of PNG, JPEG and zip stand."""

import struct
import zlib

import numpy as np

Draw = np.random.Generator
LIES = (0, 1, 255, 65535, 2**31 - 1, 2**31, 2**32 - 16, 2**32 - 1)
"""Numbers that break what counts with them."""


def scrambled(content: bytes, draw: Draw) -> bytes:
    """Change, cut, double or drop bytes, most often near the start, where headers are."""
    changed = bytearray(content)
    for _ in range(int(draw.integers(1, 12))):
        at = int(len(changed) * draw.random() ** 3)
        match draw.integers(5):
            case 0 | 1:
                changed[at : at + 1] = bytes([draw.integers(256)])
            case 2:
                changed[at : at + 4] = struct.pack("<I", LIES[draw.integers(len(LIES))])
            case 3:
                del changed[at : at + int(draw.integers(1, 64))]
            case 4:
                changed[at:at] = changed[at : at + int(draw.integers(1, 64))]
    return bytes(changed)


def truncated(content: bytes, draw: Draw) -> bytes:
    """Cut the end off."""
    return content[: int(len(content) * draw.random())]


def flipped(content: bytes, draw: Draw) -> bytes:
    """Flip single bits anywhere."""
    changed = bytearray(content)
    for _ in range(int(draw.integers(1, 40))):
        changed[draw.integers(len(changed))] ^= 1 << int(draw.integers(8))
    return bytes(changed)


def lying_png(content: bytes, draw: Draw) -> bytes:
    """Let the header chunk claim another size, depth or colour, with a check sum that is right."""
    changed = bytearray(content)
    width, height = (LIES[draw.integers(len(LIES))] if draw.random() < 0.6 else 64 for _ in range(2))
    depth, colour, interlace = (int(draw.choice(each)) for each in ((1, 4, 8, 16, 7), (0, 2, 3, 6, 9), (0, 1, 5)))
    changed[16:29] = struct.pack(">2I5B", width, height, depth, colour, 0, 0, interlace)
    changed[29:33] = struct.pack(">I", zlib.crc32(changed[12:29]))
    return scrambled(bytes(changed), draw) if draw.random() < 0.3 else bytes(changed)


def lying_jpeg(content: bytes, draw: Draw) -> bytes:
    """Let the frame header claim another size, precision or number of components."""
    changed = bytearray(content)
    start = changed.find(b"\xff\xc0")
    lies: tuple[tuple[int, bytes], ...] = (
        (4, bytes([int(draw.choice((12, 0)))])),
        (5, struct.pack(">H", int(draw.choice((0, 1, 63, 8000, 65535))))),
        (7, struct.pack(">H", int(draw.choice((0, 1, 65, 8000, 65535))))),
        (9, bytes([int(draw.integers(5))])),
    )
    for at, lie in lies:
        if draw.random() < 0.4:
            changed[start + at : start + at + len(lie)] = lie
    return scrambled(bytes(changed), draw) if draw.random() < 0.2 else bytes(changed)


def lying_zip(content: bytes, draw: Draw) -> bytes:
    """Let sizes, offsets, methods or flags of the local and central headers lie."""
    changed = bytearray(content)
    for mark, fields in ((b"PK\x03\x04", range(4, 30)), (b"PK\x01\x02", range(4, 46)), (b"PK\x05\x06", range(4, 22))):
        at = changed.find(mark)
        while at >= 0:
            if draw.random() < 0.5:
                field = at + int(draw.choice(list(fields)))
                changed[field : field + 2] = struct.pack("<H", int(draw.integers(65536)))
            at = changed.find(mark, at + 4)
    return bytes(changed)
