"""Look for words in bytes, however they are written: other encodings, compressed, base64, one inside the other."""

import base64
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

DEEPEST = 3
"""Layers: a PNG as base64 in a JSON body is two."""
MOST = 8 * 2**20
"""Bytes that one compressed stream is unpacked to."""
ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")
HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{12,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}={0,2}")


def spellings(word: str) -> dict[str, bytes]:
    """Give the ways in which a word, in small letters, may stand in bytes."""
    plain = word.lower().encode()
    return {
        "plain": plain,
        "utf-16": word.lower().encode("utf-16-le"),
        "utf-16-be": word.lower().encode("utf-16-be"),
    }


def seen_in(blob: bytes, words: tuple[str, ...]) -> set[str]:
    """Give the words that stand in the bytes or in what is packed inside them."""
    looked_for = {word: tuple(spellings(word).values()) for word in words}
    found: set[str] = set()
    for layer in _layers(blob, DEEPEST):
        small = layer.lower()
        found |= {word for word, ways in looked_for.items() if any(way in small for way in ways)}
    return found


def files_with(folder: Path, words: tuple[str, ...]) -> dict[str, set[str]]:
    """Map each file, by its path in the folder, to the words in its bytes and in its path."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        here = seen_in(name.encode(), words) | (seen_in(path.read_bytes(), words) if path.is_file() else set())
        if here:
            found[name] = here
    return found


def _layers(blob: bytes, depth: int) -> Iterator[bytes]:
    yield blob
    if depth == 0:
        return
    for match in ZLIB.finditer(blob):
        inner = _unpacked(blob[match.start() :])
        if len(inner) > 3:
            yield from _layers(inner, depth - 1)
    for match in HEXADECIMAL.finditer(blob):
        yield bytes.fromhex(match.group().decode()[: len(match.group()) // 2 * 2])
    for match in BASE64.finditer(blob):
        text = match.group().rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        for start in range(4):  # where it began is not known
            whole = text[start : start + (len(text) - start) // 4 * 4]
            inner = base64.b64decode(whole)
            yield from _layers(inner, depth - 1) if start == 0 else iter((inner,))


def _unpacked(blob: bytes) -> bytes:
    try:
        return zlib.decompressobj(47).decompress(blob, MOST)
    except zlib.error:
        return b""
