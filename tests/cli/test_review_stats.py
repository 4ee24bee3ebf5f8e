"""Figures of the signed cases from a terminal, and what is written for others to go on with."""

import json
from pathlib import Path

import pytest

from overread.testing.phantoms import sample_recipe, write_study


@pytest.fixture
def signed(overread, home: Path, tmp_path: Path) -> list[str]:
    """Two phantoms, one signed and one rejected."""
    cases = []
    for number in (3, 4):
        study = write_study(tmp_path / f"study-{number}", sample_recipe(number, view="PA", flipped=False), size=256)
        cases.append(overread("read", study[0].parent, "--json").json["case_id"])
    assert overread("review", "sign", cases[0], "--reviewer", "dr-a").code == 0
    assert overread("review", "reject", cases[1], "--reviewer", "dr-b", "--reason", "of no use").code == 0
    return cases


def test_phantoms_are_counted_when_they_are_asked_for(overread, signed: list[str]) -> None:
    patients = overread("review", "stats", "--json").json
    assert (patients["all"]["cases"], patients["left_out"]) == (0, 2)
    figures = overread("review", "stats", "--phantoms", "--json").json
    assert (figures["all"]["cases"], figures["all"]["signed"], figures["left_out"]) == (2, 1, 0)
    assert [reader["name"] for reader in figures["readers"]] == ["dr-a", "dr-b"]
    assert figures["all"]["seconds_to_sign"]["n"] == 1
    assert figures["all"]["untouched"]["value"] is None, "one case is too few for a share"
    said = overread("review", "stats", "--phantoms")
    assert "2 decided cases of phantoms, 1 of them signed" in said.out
    assert "too few" in said.out


def test_days_bound_the_window(overread, signed: list[str]) -> None:
    def cases(*options: str) -> int:
        return int(overread("review", "stats", "--phantoms", "--json", *options).json["all"]["cases"])

    assert cases("--since", "2020-01-01") == 2
    assert cases("--since", "2999-01-01") == 0
    assert cases("--until", "2020-01-01") == 0
    assert cases("--until", "2999-01-01") == 2


def test_out_writes_figures_page_and_films_that_calibrate_reads(overread, signed: list[str], tmp_path: Path) -> None:
    out = tmp_path / "figures"
    said = overread("review", "stats", "--phantoms", "--out", out, "--films")
    assert said.code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "actions.csv", "cases.jsonl", "films", "models.csv", "stats.html", "stats.json",
    ]  # fmt: skip
    assert json.loads((out / "cases.jsonl").read_text().splitlines()[0])["reader"] == "dr-a"
    assert f"overread calibrate {out / 'films'}" in said.out


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--since", "yesterday"], "YYYY-MM-DD"),
        (["--until", "2026-02-30"], "YYYY-MM-DD"),
        (["--films"], "--out"),
    ],
)
def test_bad_usage_is_said_in_one_line(overread, signed: list[str], options: list[str], why: str) -> None:
    said = overread("review", "stats", *options)
    assert said.code == 2
    assert why in said.err
    assert len(said.err.strip().splitlines()) == 1


def test_a_machine_that_read_nothing_has_nothing_to_count(overread, home: Path) -> None:
    said = overread("review", "stats")
    assert said.code == 2
    assert "nothing was read" in said.err
    assert not home.exists()
