"""Pictures are written as PNG that any reader gives back to the pixel, and grey levels are counted as numpy sorts."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from overread.imaging.percentiles import percentiles
from overread.store.pictures import PictureFolder
from overread.store.png import png_of

RANDOM = np.random.default_rng(20)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (64, 33), (5, 4, 3), (1, 1, 3)])
@pytest.mark.parametrize("level", [1, 2, 9])
def test_what_is_written_is_read_to_the_pixel(shape: tuple[int, ...], level: int) -> None:
    picture = RANDOM.integers(0, 256, shape, dtype=np.uint8)
    with Image.open(io.BytesIO(png_of(picture, level))) as png:
        assert png.mode == ("RGB" if len(shape) == 3 else "L")
        assert np.array_equal(np.asarray(png), picture)


def test_a_view_of_a_picture_is_written_as_it_looks() -> None:
    picture = RANDOM.integers(0, 256, (12, 20), dtype=np.uint8)
    with Image.open(io.BytesIO(png_of(picture[::2, ::-1]))) as png:
        assert np.array_equal(np.asarray(png), picture[::2, ::-1])


def test_a_kept_picture_is_its_own_copy_that_nobody_writes_to(tmp_path: Path) -> None:
    folder, picture = PictureFolder(tmp_path), RANDOM.integers(0, 256, (9, 9), dtype=np.uint8)
    digest, before = folder.put(picture), picture.copy()
    picture[:] = 0
    kept = folder.get(digest)
    assert np.array_equal(kept, before)
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 1


def test_percentiles_are_those_of_numpy_to_the_last_digit() -> None:
    for number in range(300):
        levels = int(RANDOM.integers(1, 257))
        picture = RANDOM.integers(0, levels, int(RANDOM.integers(1, 9 if number % 2 else 3000))).astype(np.uint8)
        wanted = (0.0, 0.5, 1.0, 37.0, 50.0, 99.0, 99.5, 100.0)
        assert percentiles(picture, wanted) == [float(each) for each in np.percentile(picture, wanted)]
