"""Numbers of a sentence: with their signs and units, and what only looks like one."""

import pytest

from overread.agents._numbers_said import numbers_said

HU = "[hnsf'U]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mean attenuation -850 HU.", [("-850", HU)]),
        ("Mean attenuation \u2212850 HU.", [("-850", HU)]),
        ("Mean attenuation \u2013850 Hounsfield units.", [("-850", HU)]),
        ("Mean attenuation minus 850 HU.", [("-850", HU)]),
        ("Mean attenuation (-850.5 HU).", [("-850.5", HU)]),
        ("Density - 850 HU.", [("850", HU)]),
        ("From -900 to -850 HU.", [("-900", HU), ("-850", HU)]),
        ("A nodule of 5-7 mm.", [("5", "mm"), ("7", "mm")]),
        ("A nodule of 5 -7 mm.", [("5", "mm"), ("7", "mm")]),
        ("A nodule of 5 \u2013 7 mm.", [("5", "mm"), ("7", "mm")]),
        ("A nodule of 5 to 7 mm.", [("5", "mm"), ("7", "mm")]),
        ("A nodule of 10x12 mm.", [("10", "mm"), ("12", "mm")]),
        ("A nodule of 10 x 12 mm.", [("10", "mm"), ("12", "mm")]),
        ("A 5-mm nodule in 3 images.", [("5", "mm"), ("3", "1")]),
        ("Volume 1,240.5 mL.", [("1240.5", "mL")]),
        ("Lobes 4,5 and -0.0.", [("4", "1"), ("5", "1"), ("0.0", "1")]),
        ("Fracture of T5-7 and L1/2 in COVID-19, zone A-3.", []),
        ("An upper-lobe nodule, right-sided.", []),
        ("Version 1.2.3, 3/4.", []),
    ],
)
def test_a_number_is_read_with_its_sign_and_unit(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(said.value, said.unit) for said in numbers_said(text)] == expected


def test_a_number_is_the_measured_one_as_far_as_it_is_printed() -> None:
    (said,) = numbers_said("It is -850 HU.")
    assert said.is_of(-849.6, HU)
    assert not said.is_of(-849.4, HU)
    assert not said.is_of(849.6, HU)
    assert not said.is_of(-849.6, "1")
    (nothing,) = numbers_said("It is 0 HU.")
    assert nothing.is_of(-0.2, HU)
