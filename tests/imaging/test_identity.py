"""Two patients are told apart by all that is known of them; what is not known differs from nothing."""

import pytest

from overread.imaging import PatientIdentity
from overread.imaging.identity import differing, is_confirmed, several

ANN = {"patient_id": "7", "issuer": "A", "name": "BERG^ANN", "birth_date": "19600101", "sex": "F"}


def who(**changes: str) -> PatientIdentity:
    return PatientIdentity(**{**ANN, **changes})


@pytest.mark.parametrize(
    ("changes", "apart"),
    [
        ({}, ()),
        ({"patient_id": "8"}, ("patient ID",)),
        ({"issuer": "B"}, ("issuer of the patient ID",)),
        ({"birth_date": "19600102"}, ("birth date",)),
        ({"sex": "M"}, ("sex",)),
        ({"name": "STEIN^OTTO"}, ("name",)),
        ({"name": "BERG^OTTO"}, ("name",)),
        ({"name": "STEIN^OTTO", "sex": "M", "birth_date": "19300101"}, ("name", "birth date", "sex")),
        ({"name": "Berg^Ann^Marie"}, ()),
        ({"name": "BERG^A"}, ()),
        ({"name": "Berg, Ann"}, ()),
        ({"name": "BÉRG^ANN=漢字"}, ()),
        ({"birth_date": "1960.01.01"}, ()),
        ({"sex": "O"}, ()),
        *(({field: ""}, ()) for field in ANN),
    ],
)
def test_what_is_known_of_both_tells_them_apart(changes: dict[str, str], apart: tuple[str, ...]) -> None:
    assert differing(who(), who(**changes)) == differing(who(**changes), who()) == apart


@pytest.mark.parametrize(
    ("changes", "sure"),
    [
        ({}, True),
        ({"name": "", "birth_date": "", "sex": ""}, True),
        ({"patient_id": ""}, False),
        ({"patient_id": "8"}, False),
        ({"sex": "M"}, False),
        ({"issuer": ""}, True),
        ({"issuer": "", "name": "", "birth_date": ""}, False),
        ({"issuer": "", "birth_date": ""}, True),
    ],
)
def test_the_same_person_is_one_with_the_same_id_and_nothing_against_it(changes: dict[str, str], sure: bool) -> None:
    assert is_confirmed(who(), who(**changes)) is is_confirmed(who(**changes), who()) is sure


def test_a_name_written_in_two_ways_under_one_id_makes_no_two_patients() -> None:
    assert several([who(), who(name="STEIN^ANN")]) == ()
    assert several([who(patient_id=""), who(patient_id="", name="STEIN^ANN")]) == ("name",)
    assert several([who(), who(name="", sex=""), who(name="STEIN^OTTO", sex="M")]) == ("name", "sex")
