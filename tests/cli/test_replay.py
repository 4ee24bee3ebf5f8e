"""`overread replay` from the command line."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Overread


@pytest.fixture
def waiting(overread: Overread, phantom: Path) -> str:
    case_id: str = overread("read", phantom, "--json").json["case_id"]
    return case_id


def test_a_replay_says_that_nothing_differs_and_writes_the_case_where_it_is_asked_to(
    overread: Overread, waiting: str, tmp_path: Path
) -> None:
    said = overread("replay", waiting, "--from", "collect")
    assert (said.code, said.out) == (0, "")
    assert "says the same again" in said.err
    told = overread("replay", waiting, "--from", "draft", "--json", "--out", tmp_path / "again")
    assert told.code == 0
    assert {name: told.json[name] for name in ("case_id", "from", "profile", "differences")} == {
        "case_id": waiting,
        "from": "draft",
        "profile": "scripted",
        "differences": [],
    }
    assert told.json["case"]["status"] == "awaiting_review"
    assert (tmp_path / "again" / waiting / "case.json").is_file()
    assert overread("replay", waiting, "--json").json["case"] is None


def test_what_is_otherwise_than_on_file_is_printed(overread: Overread, waiting: str, home: Path) -> None:
    with closing(sqlite3.connect(home / "cases.sqlite")) as base, base:
        filed = 'replace(file_json, \'"status":"not_assessed"\', \'"status":"uncertain"\')'
        base.execute(f"update cases set file_json = {filed}")
    said = overread("replay", waiting, "--from", "collect")
    assert said.code == 0
    assert "finding  Fracture\n  - uncertain\n  + not assessed\n" in said.out
    assert "differences" in said.err


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (["c-ffffffffffff"], 1, "no case c-ffffffffffff here"),
        (["CASE", "--from", "lunch"], 2, "a replay begins at one of intake, gate, refuse, plan, run_tool"),
        (["CASE", "--from", "refuse"], 2, "never came to 'refuse'; it came to intake, gate, plan, run_tool"),
        (["CASE", "--profile", "nothing"], 2, "nothing"),
    ],
)
def test_what_cannot_be_replayed_is_said_in_one_line(
    overread: Overread, waiting: str, asked: list[str], code: int, said: str
) -> None:
    answer = overread("replay", *[waiting if word == "CASE" else word for word in asked])
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert answer.err.count("\n") == 1


def test_a_recorded_case_is_drafted_again_from_its_file_alone(overread: Overread, waiting: str, tmp_path: Path) -> None:
    assert "the one on file" in overread("replay", waiting, "--recorded").out
    path = tmp_path / "case.json.gz"
    assert overread("replay", waiting, "--record", path).code == 0
    elsewhere = overread("-c", f"home={tmp_path / 'elsewhere'}", "replay", path, "--json")
    assert (elsewhere.json["differences"], elsewhere.json["same_draft"]) == ([], True)
    mixed = overread("replay", path, "--from", "draft")
    assert (mixed.code, mixed.out) == (2, "")
    assert "does not take --from" in mixed.err
