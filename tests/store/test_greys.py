"""Stored values come back bit for bit."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.errors import StoreError
from overread.records import Greys
from overread.store.greys import pack, unpack
from overread.store.pictures import HeldPictures, PictureFolder


def greys(codes: np.ndarray) -> Greys:
    return Greys(rows=codes.shape[0], columns=codes.shape[1], highest=int(codes.max()), bits=16, shown="", window="")


@pytest.mark.parametrize("highest", [1, 4095, 65535])
def test_codes_of_any_depth_come_back(highest: int) -> None:
    codes = np.random.default_rng(1).integers(0, highest + 1, (37, 53), dtype=np.uint16)
    codes[0, :2] = (highest, 0)
    back, meaning = unpack(pack(codes, greys(codes)))
    assert np.array_equal(back, codes)
    assert meaning == greys(codes)


def test_the_same_values_are_kept_once_and_other_meanings_apart(tmp_path: Path) -> None:
    folder, codes = PictureFolder(tmp_path), np.arange(12, dtype=np.uint16).reshape(3, 4)
    first = folder.put_greys(codes, greys(codes))
    assert folder.put_greys(codes, greys(codes)) == first
    assert folder.put_greys(codes, greys(codes).model_copy(update={"slope": 2.0})) != first
    assert len(list(tmp_path.rglob("*.greys.gz"))) == 2
    assert np.array_equal(unpack(folder.greys(first))[0], codes)


def test_held_values_are_written_only_when_they_are_wanted(tmp_path: Path) -> None:
    held, folder, codes = HeldPictures(), PictureFolder(tmp_path), np.arange(12, dtype=np.uint16).reshape(3, 4)
    digest = held.put_greys(codes, greys(codes))
    held.keep_in(folder, ())
    with pytest.raises(StoreError, match="read the input again"):
        folder.greys(digest)
    held.keep_in(folder, (), {digest})
    assert np.array_equal(unpack(folder.greys(digest))[0], codes)


def test_a_preview_is_the_same_picture_small_and_made_once(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    rows, columns = np.mgrid[0:2500, 0:1300]
    picture = ((rows + columns) // 16 % 256).astype(np.uint8)
    digest = folder.put(picture)
    with Image.open(io.BytesIO(folder.preview(digest))) as small:
        assert (small.size, small.mode) == ((434, 834), "L")
        exact = picture[:2499, :1299].reshape(833, 3, 433, 3).mean((1, 3))
        assert np.abs(np.asarray(small, float)[:833, :433] - exact).mean() < 2
    next(tmp_path.rglob("*.png")).unlink()
    assert folder.preview(digest)[:2] == b"\xff\xd8"
    with pytest.raises(StoreError, match="read the input again"):
        folder.preview("0" * 64)
