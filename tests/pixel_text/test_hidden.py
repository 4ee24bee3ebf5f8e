"""With `mask_text=always` no tool sees text, and each picture is looked through once."""

import numpy as np
import pytest

from overread.errors import StoreError
from overread.pixel_text.found import TextBox
from overread.pixel_text.hidden import KEPT, TextHidden
from overread.ports import Picture
from overread.testing.doubles import MemoryPixels, make_study

GREY, INK = 90, 255


class Counting:
    """Finds the ink of a drawn bar, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, picture: Picture) -> tuple[TextBox, ...]:
        self.asked += 1
        rows, columns = np.nonzero(picture == INK)
        box = {"top": rows.min(), "left": columns.min(), "height": np.ptp(rows) + 1, "width": np.ptp(columns) + 1}
        return (TextBox(**{name: int(value) for name, value in box.items()}, kind="text"),)


def written(number: int) -> Picture:
    picture = np.full((64, 64), GREY, np.uint8)
    picture[10:14, 10 : 20 + number] = INK
    return picture


def test_a_tool_gets_the_picture_without_its_text_and_the_store_keeps_it() -> None:
    picture, finder = written(0), Counting()
    image = make_study(pictures=(picture,)).images[0]
    pixels = TextHidden(MemoryPixels([picture]), finder)
    assert np.unique(pixels.shown(image)).tolist() == [GREY]
    assert pixels.shown(image) is pixels.shown(image)
    assert finder.asked == 1
    assert picture.max() == INK


def test_no_more_pictures_are_held_than_a_case_asks_for() -> None:
    pictures, finder = [written(number) for number in range(KEPT + 1)], Counting()
    images = [make_study(pictures=(picture,)).images[0] for picture in pictures]
    pixels = TextHidden(MemoryPixels(pictures), finder)
    for image in images:
        pixels.shown(image)
    pixels.shown(images[0])  # the first had to go
    assert finder.asked == KEPT + 2


def test_a_picture_that_is_gone_is_told() -> None:
    image = make_study(pictures=(written(0),)).images[0]
    with pytest.raises(StoreError):
        TextHidden(MemoryPixels([]), Counting()).shown(image)
