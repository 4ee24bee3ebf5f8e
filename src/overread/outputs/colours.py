"""Colours of what is drawn over a radiograph, the same in `overlay.png` and on the review page.

After Okabe and Ito (2008), lifted for a dark screen; told apart with any common colour vision.
"""

from collections.abc import Mapping

Rgb = tuple[int, int, int]
STRUCTURES: Mapping[str, str] = {
    "left_lung": "#56b4e9",
    "right_lung": "#44d7a8",
    "lungs": "#56b4e9",
    "heart": "#e69f00",
}
"""Structures of a mask that have a colour of their own."""
OTHERS = ("#cc79a7", "#f0e442", "#ff8a5c", "#9db4ff", "#d0d0d0", "#56b4e9", "#e69f00", "#44d7a8")
"""For all that has none, in turn."""
HEAT = "#f0e442"
"""Where a network looked most."""


def rgb_of(colour: str) -> Rgb:
    """Give the three bytes of a colour written as #rrggbb."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
