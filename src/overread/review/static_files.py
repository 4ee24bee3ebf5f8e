"""The page's own scripts and styles, at an address that names what they are: kept by browsers, and never stale."""

import hashlib
from functools import cache
from importlib.resources import files

KINDS = {".js": "text/javascript", ".css": "text/css"}


@cache
def address() -> str:
    """Give where this version's files are: any change to one of them is another address for all."""
    digest = hashlib.sha256()
    for name in names():
        digest.update(name.encode() + b"\0" + (files("overread.review") / "static" / name).read_bytes() + b"\0")
    return f"/review/{digest.hexdigest()[:16]}"


@cache
def names() -> tuple[str, ...]:
    """Give the names of all files, sorted."""
    folder = files("overread.review") / "static"
    return tuple(sorted(item.name for item in folder.iterdir() if item.name.endswith(tuple(KINDS))))
