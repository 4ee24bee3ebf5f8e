"""What is signed from a terminal, and what follows it: preliminary, final, addendum, amendment."""

import hashlib
import json
from pathlib import Path

import pytest


@pytest.fixture
def waiting(overread, phantom: Path) -> str:
    """A case that waits for its review."""
    case_id: str = overread("read", phantom, "--json").json["case_id"]
    return case_id


def shown(overread, case_id: str) -> dict:
    return overread("review", "show", case_id, "--json").json


def test_a_script_signs_what_was_composed_and_its_digest_is_that_of_the_plain_text(overread, waiting: str) -> None:
    assert overread("review", "sign", waiting, "--reviewer", "dr-a", "--meaning", "approval").code == 0
    case, plain = shown(overread, waiting), overread("review", "show", waiting, "--plain").out
    review, (version,) = case["review"], case["versions"]
    assert (review["meaning"], review["over"], review.get("confirmed")) == ("approval", "composed", None)
    assert review["text_digest"] == version["text_digest"] == hashlib.sha256(plain.encode()).hexdigest()
    assert (version["status"], version["version"], version["supersedes"]) == ("final", 1, None)
    assert version["text"] == plain


def test_a_preliminary_report_waits_on_and_is_made_final(overread, waiting: str, home: Path) -> None:
    said = overread("review", "sign", waiting, "--reviewer", "dr-junior", "--preliminary")
    assert said.code == 0
    assert "preliminary report by dr-junior" in said.out
    (row,) = overread("review", "list", "--json").json
    assert (row["status"], row["report"]) == ("awaiting_review", "preliminary")
    assert "PRELIMINARY REPORT by dr-junior" in overread("review", "show", waiting).out
    assert not (home / "deliveries" / waiting / "report.txt").exists()
    assert overread("review", "sign", waiting, "--reviewer", "dr-senior").code == 0
    first, second = shown(overread, waiting)["versions"]
    assert (first["status"], second["status"], second["supersedes"]) == ("preliminary", "final", first["text_digest"])


def test_two_readers_are_two_people_where_they_are_asked_for(overread, waiting: str) -> None:
    two = ("-c", "second_reader=always")
    alone = overread(*two, "review", "sign", waiting, "--reviewer", "dr-a")
    assert (alone.code, "a preliminary report comes first" in alone.err) == (2, True)
    assert overread(*two, "review", "sign", waiting, "--reviewer", "dr-a", "--preliminary").code == 0
    same = overread(*two, "review", "sign", waiting, "--reviewer", "Dr-A")
    assert (same.code, "another signs this" in same.err) == (2, True)
    assert overread(*two, "review", "sign", waiting, "--reviewer", "dr-b").code == 0


def test_an_addendum_and_an_amendment_are_versions_and_the_signed_report_stays(
    overread, waiting: str, home: Path, tmp_path: Path
) -> None:
    assert overread("review", "addendum", waiting, "--text", "too early").code == 2
    assert overread("review", "sign", waiting, "--reviewer", "dr-a").code == 0
    signed = shown(overread, waiting)
    words = tmp_path / "words.txt"
    words.write_text("Discussed with the ward.\n")
    assert overread("review", "addendum", waiting, "--text-file", words, "--reviewer", "dr-b").code == 0
    amended = overread("review", "amend", waiting, "--edit", "1=Put right.", "--remove", "2", "--reason", "wrong line")
    assert amended.code == 0
    case = shown(overread, waiting)
    assert (case["status"], case["final"]) == ("signed", signed["final"])
    first, second, third = case["versions"]
    assert [item["status"] for item in (first, second, third)] == ["final", "appended", "amended"]
    assert [item["supersedes"] for item in (second, third)] == [first["text_digest"], second["text_digest"]]
    assert third["reason"] == "wrong line"
    assert case["addenda"][0]["text"] == "Discussed with the ward."
    for text in (
        (home / "deliveries" / waiting / "report.txt").read_text(),
        (home / "deliveries" / waiting / "report.md").read_text(),
        overread("review", "show", waiting).out,
    ):
        assert "Put right." in text
        assert "Discussed with the ward." in text
        assert "ersion 3, amended report" in text
        assert "ersion 1, final report, by dr-a" in text
    assert json.loads((home / "deliveries" / waiting / "case.json").read_text())["versions"][-1] == third
    (row,) = overread("review", "list", "--all", "--json").json
    assert (row["report"], row["report_version"]) == ("amended", 3)
    assert overread("audit", "verify").code == 0


@pytest.mark.parametrize(
    "options",
    [
        ["addendum"],
        ["addendum", "--text", " "],
        ["addendum", "--text", "x", "--text-file", "pyproject.toml"],
        ["amend", "--reason", "x"],
        ["amend", "--reason", " ", "--edit", "1=Other."],
        ["amend", "--reason", "x", "--edit", "999=Other."],
        ["amend", "--reason", "x", "--edit", "1="],
        ["amend", "--edit", "1=Other."],
    ],
)
def test_what_adds_nothing_or_gives_no_reason_is_bad_usage(overread, waiting: str, options: list[str]) -> None:
    assert overread("review", "sign", waiting).code == 0
    name, *rest = options
    assert overread("review", name, waiting, *rest).code == 2
    assert len(shown(overread, waiting)["versions"]) == 1
