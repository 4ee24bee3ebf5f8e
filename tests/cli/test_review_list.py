"""The worklist from a terminal: the same filters as on the page, and who works on what."""

from pathlib import Path

import pytest

from overread.testing.phantoms import sample_recipe, write_study


@pytest.fixture
def cases(overread, tmp_path: Path) -> list[str]:
    """Give two cases that wait; the order of the second says STAT."""
    found = []
    for number, order in ((3, "accession_number: ACC-3"), (4, "accession_number: ACC-4\npriority: STAT")):
        recipe = sample_recipe(number, view="PA", flipped=False)
        write_study(tmp_path / f"study{number}", recipe, size=256, AccessionNumber=f"ACC-{number}")
        asked = tmp_path / f"order{number}.yaml"
        asked.write_text(order)
        said = overread("read", tmp_path / f"study{number}", "--order", asked, "--json")
        found.append(said.json["case_id"])
    return found


def test_the_list_is_filtered_searched_and_cut_as_on_the_page(overread, cases: list[str]) -> None:
    def listed(*options: str) -> list[str]:
        return [row["case_id"] for row in overread("review", "list", "--json", *options).json]

    first, second = cases
    both = listed()
    assert sorted(both) == sorted(cases)
    assert listed("--limit", "1") == both[:1]
    assert "1 more" in overread("review", "list", "--limit", "1").out
    assert listed("--priority", "routine") == [first]
    assert listed("--priority", "STAT") == [second]
    assert listed("--find", "acc-3") == [first]
    assert listed("--status", "signed") == []
    assert listed("--assignee", "nobody", "--status", "awaiting_review") == both
    critical = [row["case_id"] for row in overread("review", "list", "--json").json if row["alerts"]]
    assert listed("--critical") == critical
    assert overread("review", "list", "--status", "nonsense").code == 2
    assert overread("review", "list", "--priority", "asap").code == 2
    row = overread("review", "list", "--json", "--find", "acc-4").json[0]
    assert row["waiting"].startswith("due in")

    assert overread("review", "assign", first, "--reviewer", "dr-a").code == 0
    assert listed("--mine", "--reviewer", "dr-a") == listed("--assignee", "dr-a") == [first]
    refused = overread("review", "assign", first, "--reviewer", "dr-b")
    assert (refused.code, "is with dr-a" in refused.err) == (1, True)
    assert "dr-b" in overread("review", "assign", first, "--to", "dr-b", "--reviewer", "dr-a").out
    assert overread("review", "assign", first, "--to", "dr-b", "--release").code == 2
    assert overread("review", "assign", first, "--release").code == 0
    assert overread("review", "assign", first, "--release").code == 1
    assert overread("review", "assign", "c-ffffffffffffffff").code == 1


def test_a_list_that_goes_into_a_pipe_is_not_cut(overread, cases: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    listed = overread("review", "list").out.splitlines()
    assert [line.split()[0] for line in listed[1:]] == [
        row["case_id"] for row in overread("review", "list", "--json").json
    ]
    assert all("awaiting review" in line for line in listed[1:])


def test_a_home_that_is_not_there_is_told_beside_the_empty_list(overread, home: Path) -> None:
    said = overread("review", "list", "--json")
    assert (said.json, home.exists()) == ([], False)
    assert "There is no home at" in said.err
