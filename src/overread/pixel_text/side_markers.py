"""Find side markers: letters of lead in the upper outer parts of a film, which often lie face down.

A detector of lines passes most single letters by. What is looked at here is the outer parts alone, enlarged, each as it
is and mirrored: a letter that lay face down names its side as well as any other, by where it stands.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from overread.pixel_text.found import LetterFinder, TextBox
from overread.ports import Picture

WIDTH, HEIGHT = 0.35, 0.6
"""Parts of the picture's width and height that an outer part has, measured from its upper corner."""
ROWS = 736
"""Rows that an outer part is brought to. Of twenty films of 512 pixels 7 gave their letter, at 512 rows 5."""
GAP = 24
"""Pixels of black between the parts, so that no line is read over two of them."""


ALIKE = 1.5
"""Times the size of a marker up to which a box at its place holds nothing but the marker."""


class _Part(NamedTuple):
    """An outer part of the picture, as it lies on the sheet: which side of the picture, and whether mirrored."""

    right: bool
    mirrored: bool


PARTS = (_Part(False, False), _Part(False, True), _Part(True, False), _Part(True, True))
"""On the sheet from the top down and from left to right, two in a row."""


def side_markers(picture: Picture, finder: LetterFinder, seen: Iterable[TextBox] = ()) -> tuple[TextBox, ...]:
    """Give the side markers of a picture [rows, columns] from the top down, those among `seen` with them.

    A place that gives one letter as it is and the other one mirrored is left out: neither can be trusted.
    """
    here = [box for box in seen if box.letter is not None]
    here += [box for box in _on_sheet(picture, finder) if box.letter is not None]
    sure = [box for box in here if not any(_same_place(box, other) and box.letter != other.letter for other in here)]
    alone = [box for place, box in enumerate(sure) if not any(_same_place(box, other) for other in sure[:place])]
    return tuple(sorted(alone, key=lambda box: (box.top, box.left)))


def is_marker(box: TextBox, markers: Iterable[TextBox]) -> bool:
    """Say whether what was read in a box is one of the markers, read otherwise: face down, L is like J."""
    return any(_same_place(box, marker) and _size(box) <= ALIKE * _size(marker) for marker in markers)


def _on_sheet(picture: Picture, finder: LetterFinder) -> Iterator[TextBox]:
    """Look at the four parts on one sheet, which costs one look, and give what is there in pixels of the picture."""
    rows, columns = round(HEIGHT * picture.shape[0]), round(WIDTH * picture.shape[1])
    if min(rows, columns) < 1:
        return
    scale = ROWS / rows
    width = max(1, round(columns * scale))
    for box in finder.find_letters(_sheet(picture[:rows], columns, width)):
        down, left = box.top + box.height / 2 > ROWS + GAP / 2, box.left + box.width / 2 <= width + GAP / 2
        part = PARTS[2 * down + (not left)]
        first = box.left - (0 if left else width + GAP)
        first = width - first - box.width if part.mirrored else first
        offset = picture.shape[1] - columns if part.right else 0
        top = box.top - down * (ROWS + GAP)
        yield _placed(box, offset + first / scale, top / scale, scale, picture)


def _sheet(upper: Picture, columns: int, width: int) -> Picture:
    sheet: NDArray[np.uint8] = np.zeros((2 * ROWS + GAP, 2 * width + GAP), np.uint8)
    for place, part in enumerate(PARTS):
        outer = upper[:, -columns:] if part.right else upper[:, :columns]
        enlarged = np.asarray(
            Image.fromarray(np.ascontiguousarray(outer)).resize((width, ROWS), Image.Resampling.BICUBIC)
        )
        top, left = (place // 2) * (ROWS + GAP), (place % 2) * (width + GAP)
        sheet[top : top + ROWS, left : left + width] = enlarged[:, ::-1] if part.mirrored else enlarged
    return sheet


def _placed(box: TextBox, left: float, top: float, scale: float, picture: Picture) -> TextBox:
    """Give the box in pixels of the picture, inside it."""
    rows, columns = picture.shape
    first_row, first_column = min(max(0, int(top)), rows - 1), min(max(0, int(left)), columns - 1)
    size = {
        "top": first_row,
        "left": first_column,
        "height": min(max(1, round(box.height / scale)), rows - first_row),
        "width": min(max(1, round(box.width / scale)), columns - first_column),
    }
    return box.model_copy(update=size)


def _same_place(one: TextBox, other: TextBox) -> bool:
    """Say whether the middles of two boxes are closer than a letter is large."""
    if one is other:
        return False
    near = max(_size(one), _size(other)) / 2
    down = abs(one.top + one.height / 2 - other.top - other.height / 2)
    across = abs(one.left + one.width / 2 - other.left - other.width / 2)
    return max(down, across) <= near


def _size(box: TextBox) -> int:
    return max(box.height, box.width)
