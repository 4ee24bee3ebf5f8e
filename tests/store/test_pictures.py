"""Pictures are kept by content."""

from pathlib import Path

import numpy as np
import pytest

from overread.errors import StoreError
from overread.store.pictures import PictureFolder
from overread.testing.doubles import make_picture


def test_a_picture_comes_back_as_it_was(tmp_path: Path) -> None:
    folder, picture = PictureFolder(tmp_path), make_picture(3, 40, 50)
    assert np.array_equal(folder.get(folder.put(picture)), picture)


def test_shape_is_part_of_the_name(tmp_path: Path) -> None:
    folder = PictureFolder(tmp_path)
    plane = np.zeros((4, 6), np.uint8)
    assert folder.put(plane) != folder.put(plane.reshape(6, 4))


def test_writing_twice_is_writing_once(tmp_path: Path) -> None:
    folder, picture = PictureFolder(tmp_path), make_picture(3)
    first, second = folder.put_png(picture), folder.put_png(picture)
    assert first == second
    assert len(list(tmp_path.rglob("*.png"))) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_picture_that_is_gone_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="read the input again"):
        PictureFolder(tmp_path).get("0" * 64)
