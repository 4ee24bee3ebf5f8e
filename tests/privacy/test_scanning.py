"""A scan that finds nothing proves something only where it finds what is there."""

import base64
import gzip
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import ormsgpack
import pytest
from PIL import Image, PngImagePlugin

from tests.privacy.scanning import files_with, seen_in

WORD = "Quartzmann"


def _png() -> bytes:
    stream, said = io.BytesIO(), PngImagePlugin.PngInfo()
    said.add_text("Comment", WORD, zip=True)
    Image.new("L", (8, 8)).save(stream, "PNG", pnginfo=said)
    return stream.getvalue()


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.txt", WORD.upper())
    return stream.getvalue()


HIDDEN: dict[str, Callable[[], bytes]] = {
    "as it is": lambda: WORD.encode(),
    "capitals": lambda: WORD.upper().encode(),
    "utf-16": lambda: WORD.encode("utf-16"),
    "hexadecimal": lambda: WORD.encode().hex().encode(),
    "zlib": lambda: b"some bytes before" + zlib.compress(WORD.encode()),
    "gzip": lambda: gzip.compress(WORD.encode()),
    "base64": lambda: json.dumps({"a": base64.b64encode(b"x" * 31 + WORD.encode() + b"y" * 30).decode()}).encode(),
    "a PNG in base64 in JSON": lambda: json.dumps(
        {"url": f"data:;base64,{base64.b64encode(_png()).decode()}"}
    ).encode(),
    "msgpack": lambda: ormsgpack.packb({"a": [WORD]}),
    "a zip": _zip,
}


@pytest.mark.parametrize("way", HIDDEN)
def test_a_word_is_found_however_it_is_written(way: str) -> None:
    assert seen_in(b"\0\1" * 50 + HIDDEN[way]() + b"tail" * 20, (WORD, "OTHERWORD")) == {WORD}


def test_a_deleted_row_of_sqlite_is_found(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("pragma secure_delete = off")
        database.execute("create table t (a text)")
        database.execute("insert into t values (?)", (WORD,))
        database.commit()
        database.execute("delete from t")
    database.close()
    assert files_with(tmp_path, (WORD,)) == {"a.sqlite": {WORD}}


def test_the_name_of_a_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "quartzmann").mkdir()
    assert files_with(tmp_path, (WORD,)) == {"quartzmann": {WORD}}
