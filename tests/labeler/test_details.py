"""Sizes, numbers, places, devices and people in words."""

import pytest

from overread.labeler import assertions
from overread.labeler.clauses import clauses
from overread.labeler.counts import counts
from overread.labeler.devices import placings
from overread.labeler.mentions import labels_named
from overread.labeler.numbers import number_of
from overread.labeler.people import described
from overread.labeler.places import impossible_place, zones
from overread.labeler.severity import grades


def test_each_mention_has_its_own_words() -> None:
    found = {
        each.said.label: each.text for each in clauses("Small left pleural effusion and large right pneumothorax.")
    }
    assert "Small" in found["Pleural Effusion"]
    assert "large" not in found["Pleural Effusion"]
    assert "large" in found["Pneumothorax"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("tiny effusion", (1, 1)),
        ("small to moderate effusion", (1, 2)),
        ("massive effusion", (3, 3)),
        ("effusion", None),
    ],
)
def test_sizes_are_graded(text: str, found: tuple[int, int] | None) -> None:
    assert grades(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A nodule.", [("nodule", 1, 1)]),
        ("Multiple small nodules.", [("nodule", 2, None)]),
        ("At least three nodules.", [("nodule", 3, None)]),
        ("Two left chest tubes.", [("chest tube", 2, 2)]),
        ("The nodule is calcified.", []),
        ("Nodules.", [("nodule", 2, None)]),
        ("Nodule, single, left lung.", [("nodule", 1, 1)]),
    ],
)
def test_things_are_counted(text: str, found: list[tuple[str, int, int | None]]) -> None:
    assert [tuple(each) for each in counts(text)] == found


def test_numbers_in_words() -> None:
    assert [number_of(words) for words in ("seven", "forty-five", "twenty", "12")] == [7, 45, 20, 12]


@pytest.mark.parametrize(
    ("text", "found"),
    [("right upper lobe", {"upper"}), ("left base", {"lower"}), ("lingula", {"mid"}), ("left lung", set())],
)
def test_zones_are_read(text: str, found: set[str]) -> None:
    assert zones(text) == found


@pytest.mark.parametrize(
    ("label", "text", "wrong"),
    [
        ("Pneumothorax", "pneumothorax in the heart", True),
        ("Consolidation", "consolidation in the left middle lobe", True),
        ("Consolidation", "consolidation in the right middle lobe", False),
        ("Cardiomegaly", "cardiomegaly in the left lower lobe", True),
        ("Pleural Effusion", "effusion obscuring the left heart border", False),
    ],
)
def test_places_where_a_finding_cannot_be(label: str, text: str, wrong: bool) -> None:
    assert (impossible_place(label, text) is not None) is wrong


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The endotracheal tube is in satisfactory position.", [("endotracheal tube", "well")]),
        ("The endotracheal tube is not in satisfactory position.", [("endotracheal tube", "badly")]),
        ("The nasogastric tube may be malpositioned.", []),
        ("Consider whether the nasogastric tube is malpositioned.", []),
        ("Lines and tubes are well positioned.", [("device", "well")]),
        ("Tip 3 cm above the carina.", [(None, "well")]),
        ("There is an endotracheal tube.", []),
    ],
)
def test_devices_are_well_or_badly_placed(text: str, found: list[tuple[str | None, str]]) -> None:
    assert [tuple(each) for each in placings(text)] == found


@pytest.mark.parametrize(
    ("text", "ages", "sexes"),
    [
        ("45-year-old man", [(45, 46)], {"M"}),
        ("45 y.o. F", [(45, 46)], {"F"}),
        ("Forty-five year old male", [(45, 46)], {"M"}),
        ("Newborn", [(0.0, 0.3)], set()),
        ("Mother is a 30-year-old woman", [], set()),
        ("20 pack years, cough for 3 years", [], set()),
    ],
)
def test_age_and_sex_are_those_of_the_patient(text: str, ages: list[tuple[float, float]], sexes: set[str]) -> None:
    found = described(text)
    assert (list(found.ages), set(found.sexes)) == (ages, sexes)


def test_an_order_names_labels_that_it_does_not_assert() -> None:
    assert labels_named("Please rule out left pneumothorax or effusion.") == ("Pneumothorax", "Pleural Effusion")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Effusion on the left, none on the right.", [("present", "left"), ("absent", "right")]),
        ("No effusion on the left; small on the right.", [("absent", "left"), ("present", "right")]),
        ("Possible effusion on the left, a small one on the right.", [("uncertain", "left"), ("uncertain", "right")]),
        ("Effusion: none on the right, small on the left.", [("absent", "right"), ("present", "left")]),
        ("Effusion, none on either side.", [("absent", None)]),
        ("Left effusion, right clear.", [("present", "left")]),
    ],
)
def test_what_is_said_of_a_side_alone_is_an_assertion_of_its_own(text: str, said: list[tuple[str, str | None]]) -> None:
    assert [(one.status, one.laterality) for one in assertions(text)] == said
