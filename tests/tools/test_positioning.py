"""Breath and cut edges from the outline of the lungs, and what the draft says of them."""

import numpy as np
import pytest

from overread.reasoning.positioning import APEX_CUT, BASE_CUT, BREATH, CUT, SENTENCES, SHALLOW, limits
from overread.records import Evidence, Mask, Measurement
from overread.testing.doubles import make_evidence
from overread.tools._masks import BoolPlane
from overread.tools._positioning import positioning

PICTURE = np.tile(np.arange(200, dtype=np.uint8), (200, 1)) + np.arange(0, 40, 0.2).astype(np.uint8)[:, None]


def lung(x: int, y: int, width: int, height: int) -> BoolPlane:
    mask = np.zeros((200, 200), np.bool_)
    mask[y : y + height, x : x + width] = True
    return mask


def figures(right: BoolPlane, left: BoolPlane) -> dict[str, float]:
    return {each.name: each.value for each in positioning({"right_lung": right, "left_lung": left}, PICTURE)}


def test_whole_lungs_touch_no_edge() -> None:
    found = figures(lung(20, 20, 60, 120), lung(120, 20, 60, 120))
    assert found == {BREATH: pytest.approx(120 / 160), BASE_CUT: 0.0, APEX_CUT: 0.0}


def test_the_figures_do_not_say_which_side_is_which() -> None:
    one, other = lung(20, 20, 60, 120), lung(110, 30, 80, 100)
    assert figures(one, other) == figures(other, one)


def test_lungs_on_the_lower_edge_of_the_exposed_field_are_cut() -> None:
    right, left = lung(20, 20, 60, 150), lung(120, 20, 60, 120)
    framed = PICTURE.copy()
    framed[170:] = 0
    found = {each.name: each.value for each in positioning({"right_lung": right, "left_lung": left}, framed)}
    assert found[BASE_CUT] == pytest.approx(0.5)


def test_lungs_on_the_upper_edge_are_cut() -> None:
    assert figures(lung(20, 0, 60, 150), lung(120, 20, 60, 120))[APEX_CUT] == pytest.approx(0.5)


def test_nothing_is_measured_where_a_lung_is_missing() -> None:
    assert figures(lung(20, 20, 60, 120), lung(0, 0, 0, 0)) == {}


def measured(name: str, value: float) -> Evidence:
    return make_evidence(Measurement(name=name, value=value, unit="1", method="double"), tool="segmentation")


@pytest.mark.parametrize(
    ("name", "beyond", "within"),
    [(BREATH, SHALLOW - 0.01, SHALLOW), (BASE_CUT, CUT, CUT - 0.01), (APEX_CUT, CUT, CUT - 0.01)],
)
def test_a_figure_beyond_its_limit_is_told_with_its_evidence(name: str, beyond: float, within: float) -> None:
    told = measured(name, beyond)
    assert list(limits([told, measured("polarity", 9.0)])) == [(SENTENCES[name], told.id)]
    assert list(limits([measured(name, within)])) == []


def test_a_poor_mask_says_nothing_of_the_patient() -> None:
    poor = Mask(structure="left_lung", png="l.png", digest="d", area_pixels=900, quality=0.3)
    assert list(limits([measured(BASE_CUT, 0.4), make_evidence(poor, tool="segmentation")])) == []


def test_a_child_s_chest_is_wide_and_not_called_shallow() -> None:
    assert list(limits([measured(BREATH, 0.5)], child=True)) == []
    assert len(list(limits([measured(BASE_CUT, 0.5)], child=True))) == 1


def test_a_lung_that_is_cut_off_is_not_called_shallow() -> None:
    told = list(limits([measured(BREATH, 0.5), measured(BASE_CUT, 0.5)]))
    assert [sentence for sentence, _ in told] == [SENTENCES[BASE_CUT]]
