"""Search over the index: signed cases alone, by vectors of the same weights, nearest first, in each database."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from overread.errors import AnswerInvalid
from overread.records import Review, Study
from overread.retrieving.impression import naming_words, without
from overread.retrieving.search import CaseSearch
from overread.store.home import Home
from overread.testing.doubles import make_case, make_study

WEIGHTS, OTHERS = "w" * 64, "o" * 64
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def unit(*figures: float) -> NDArray[np.float32]:
    vector = np.asarray(figures, np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def put(home: Home, number: int, *, key: str | None = None, signed: bool = True) -> Study:
    study = make_study(number).model_copy(update={"patient_key": key})
    case = make_case(study, case_id=f"c-{number}")
    home.cases.admit(case, 1, {}, None)
    if signed:
        at = NOW + timedelta(minutes=number)
        home.cases.decisions.decide(case.case_id, Review(reviewer="a", decision="sign", draft_digest="d", at=at))
        home.cases.mark(case.case_id, "signed")
    return study


def ids(home: Home, vector: NDArray[np.float32], *, most: int = 9, beside: Study | None = None) -> list[str]:
    found = CaseSearch(home.case_vectors).nearest(vector, WEIGHTS, beside=beside, most=most)
    return [case.case_id for case in found]


def test_the_nearest_come_first_and_of_equal_ones_that_signed_last(any_home: Home) -> None:
    for number, vector in enumerate((unit(1, 0), unit(1, 1), unit(0, 1), unit(1, 0)), start=1):
        put(any_home, number)
        any_home.case_vectors.put(f"c-{number}", WEIGHTS, vector)
    assert ids(any_home, unit(1, 0)) == ["c-4", "c-1", "c-2", "c-3"]
    assert ids(any_home, unit(1, 0), most=2) == ["c-4", "c-1"]


def test_a_vector_comes_back_as_it_was(any_home: Home) -> None:
    put(any_home, 1)
    vector = unit(*np.random.default_rng(1).normal(size=64))
    any_home.case_vectors.put("c-1", WEIGHTS, vector)
    kept = any_home.case_vectors.of("c-1", WEIGHTS)
    assert kept is not None
    assert kept.dtype == np.float32
    assert kept.tobytes() == vector.tobytes()


def test_vectors_of_other_weights_are_never_compared(any_home: Home) -> None:
    put(any_home, 1)
    any_home.case_vectors.put("c-1", OTHERS, unit(1, 0))
    assert ids(any_home, unit(1, 0)) == []
    assert any_home.case_vectors.missing(WEIGHTS) == ["c-1"]
    assert any_home.case_vectors.missing(OTHERS) == []


def test_a_case_that_nobody_signed_is_not_put_in(any_home: Home) -> None:
    put(any_home, 1, signed=False)
    any_home.case_vectors.put("c-1", WEIGHTS, unit(1, 0))
    assert any_home.case_vectors.count(WEIGHTS) == 0
    assert any_home.case_vectors.missing(WEIGHTS) == []


def test_another_read_of_the_study_is_left_out_and_the_same_patient_is_marked(any_home: Home) -> None:
    mine = put(any_home, 1, key="ann")
    put(any_home, 2, key="ann")
    put(any_home, 3, key="bob")
    put(any_home, 4)
    for number in (1, 2, 3, 4):
        any_home.case_vectors.put(f"c-{number}", WEIGHTS, unit(1, number))
    found = CaseSearch(any_home.case_vectors).nearest(unit(1, 1), WEIGHTS, beside=mine, most=9)
    assert {case.case_id: case.same_patient for case in found} == {"c-2": True, "c-3": False, "c-4": False}


def test_of_two_unknown_patients_none_is_the_same(any_home: Home) -> None:
    mine = put(any_home, 1)
    put(any_home, 2)
    any_home.case_vectors.put("c-2", WEIGHTS, unit(1, 0))
    found = CaseSearch(any_home.case_vectors).nearest(unit(1, 0), WEIGHTS, beside=mine, most=9)
    assert [case.same_patient for case in found] == [False]


def test_of_more_rows_than_are_searched_those_signed_last_are(any_home: Home) -> None:
    for number in (1, 2, 3):
        put(any_home, number)
        any_home.case_vectors.put(f"c-{number}", WEIGHTS, unit(1, 0))
    found = CaseSearch(any_home.case_vectors, most_searched=2).nearest(unit(1, 0), WEIGHTS, beside=None, most=9)
    assert [case.case_id for case in found] == ["c-3", "c-2"]


def test_a_vector_of_another_length_is_refused(any_home: Home) -> None:
    put(any_home, 1)
    any_home.case_vectors.put("c-1", WEIGHTS, unit(1, 0))
    with pytest.raises(AnswerInvalid, match="3 figures"):
        ids(any_home, unit(1, 0, 0))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("No effusion in Mrs Doe.", "No effusion in Mrs […]."),
        ("JANE, born 1950-02-03, 03.02.1950: clear.", "[…], born […], […]: clear."),
        ("P-17/4 and A77 and P-17/45.", "[…] and […] and P-17/45."),
        ("A doer of good.", "A doer of good."),
    ],
)
def test_what_names_the_patient_is_left_out_of_what_is_shown(said: str, shown: str) -> None:
    case = make_case()
    case = case.model_copy(update={"order": case.order.model_copy(update={"accession_number": "A77"})})
    words = naming_words({"name": "DOE^JANE^Q", "patient_id": "P-17/4", "birth_date": "19500203"}, case.order)
    assert without(said, words) == shown
