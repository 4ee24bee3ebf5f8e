"""Words that refer to a structure."""

import pytest

from overread.tools._referring_expressions import referred

STRUCTURES = ("right_lung", "left_lung", "heart")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("left lung", ("left_lung",)),
        ("the Right Lung, please", ("right_lung",)),
        ("lungs", ("right_lung", "left_lung")),
        ("both lungs and the heart", STRUCTURES),
        ("left and right lungs", ("right_lung", "left_lung")),
        ("cardiac silhouette", ("heart",)),
        ("liver", ()),
        ("left", ()),
        ("", ()),
    ],
)
def test_words_name_structures(text: str, meant: tuple[str, ...]) -> None:
    assert referred(text, STRUCTURES) == meant


@pytest.mark.parametrize(("text", "meant"), [("both lungs", ("lungs",)), ("lung", ("lungs",)), ("left lung", ())])
def test_a_mask_of_both_sides_is_no_one_side(text: str, meant: tuple[str, ...]) -> None:
    assert referred(text, ("lungs", "heart")) == meant
