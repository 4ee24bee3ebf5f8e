"""`overread find`: signed cases by picture, case or words, and nothing of who their patients are."""

import json
from pathlib import Path

import pytest

from overread.testing.phantoms import sample_recipe, write_study

PATIENT = "Zyxander"


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three studies of one view: the first two of one patient."""
    folder = tmp_path_factory.mktemp("films")
    for number, patient in ((3, 3), (4, 3), (5, 5)):
        recipe = sample_recipe(number, patient=patient, view="PA", flipped=False)
        name = f"{PATIENT}^{'Ann' if patient == 3 else 'Bob'}"
        write_study(folder / str(number), recipe, size=128, PatientName=name, PatientID=f"MRN{patient}00017")
    return [folder / str(number) for number in (3, 4, 5)]


def signed(overread, film: Path, *options: object) -> str:
    case_id: str = overread(*options, "read", film, "--json").json["case_id"]
    assert overread(*options, "review", "sign", case_id, "--reviewer", "dr-a").code == 0
    return case_id


def test_a_signed_case_is_found_by_picture_by_case_and_by_words(overread, films: list[Path]) -> None:
    cases = [signed(overread, film) for film in films]
    assert overread("find", "--index").code == 0
    by_picture = overread("find", films[0], "--json").json
    assert {case["case_id"] for case in by_picture["cases"]} == set(cases[1:])
    assert {case["case_id"]: case["same_patient"] for case in by_picture["cases"]} == {cases[1]: True, cases[2]: False}
    assert all(-1 <= case["similarity"] <= 1 for case in by_picture["cases"])
    assert overread("find", cases[0], "--json").json["cases"] == by_picture["cases"]
    by_words = overread("find", "a large pleural effusion", "--most", "2", "--json").json
    assert len(by_words["cases"]) == 2
    assert by_words["searched"] == 3


def test_what_is_shown_names_no_patient(overread, films: list[Path]) -> None:
    case_id: str = overread("read", films[0], "--json").json["case_id"]
    draft = overread("review", "show", case_id, "--json").json["draft"]
    first = draft["sections"]["impression"][0]["id"]
    words = f"{first}=Clear in Ann {PATIENT.upper()} (MRN300017)."
    assert overread("review", "sign", case_id, "--reviewer", "dr-a", "--edit", words, "--reason", "named").code == 0
    for said in (overread("find", "--index", "clear"), overread("find", "clear", "--json")):
        assert said.code == 0
        assert "Clear in […] […] ([…])." in said.out
        for word in (PATIENT, "Ann", "MRN300017"):
            assert word.lower() not in (said.out + said.err).lower()


def test_what_is_not_in_the_index_is_said(overread, films: list[Path]) -> None:
    signed(overread, films[0])
    said = overread("find", "effusion")
    assert (said.code, said.out) == (0, "")
    assert "1 signed cases are not in the index" in said.err
    assert overread("find", "--index").code == 0
    assert overread("find", "effusion", "--json").json["not_indexed"] == 0


def test_a_draft_that_nobody_signed_is_not_found(overread, films: list[Path]) -> None:
    overread("read", films[0])
    said = overread("find", "--index", "effusion", "--json").json
    assert (said["cases"], said["searched"]) == ([], 0)


def test_a_case_goes_into_the_index_when_it_is_signed_where_that_is_on(overread, films: list[Path]) -> None:
    case_id = signed(overread, films[0], "-c", "similar_cases=on")
    assert [case["case_id"] for case in overread("find", "x", "--json").json["cases"]] == [case_id]


def test_a_model_that_is_gone_leaves_the_signature_as_it_is(overread, films: list[Path], tmp_path: Path) -> None:
    profile = {"describe": "x", "tools": ["header", "quality"], "roles": {}}
    (tmp_path / "bare.yaml").write_text(json.dumps(profile))
    bare = ("-c", f"profiles_dir={tmp_path}", "-c", "profile=bare", "-c", "similar_cases=on")
    case_id = signed(overread, films[0], *bare)
    assert overread("review", "show", case_id, "--json").json["status"] == "signed"
    assert overread("find", "x", "--json").json["not_indexed"] == 1


def test_before_the_first_read_similar_reports_are_not_shown(overread, films: list[Path]) -> None:
    hidden = ("-c", "first_read=on")
    case_id: str = overread(*hidden, "read", films[0], "--json").json["case_id"]
    said = overread(*hidden, "find", case_id, "--reviewer", "dr-a")
    assert said.code == 2
    assert "write down what you see first" in said.err


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ((), 2, "find --index"),
        (("",), 2, "empty"),
        (("x.dcm",), 2, "no such file"),
        (("c-00000000000a",), 1, "no case"),
    ],
)
def test_a_query_that_is_none_is_refused(overread, query: tuple[str, ...], code: int, words: str) -> None:
    said = overread("find", *query)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
