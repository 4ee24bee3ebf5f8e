"""Findings decided, looked over and copied from a terminal."""

from pathlib import Path

import pytest


@pytest.fixture
def waiting(overread, phantom: Path) -> str:
    """A case that waits for its review."""
    case_id: str = overread("read", phantom, "--json").json["case_id"]
    return case_id


def test_findings_are_added_and_changed_by_label_or_id(overread, waiting: str) -> None:
    case = overread("review", "show", waiting, "--json").json
    pneumonia = next(finding["id"] for finding in case["findings"] if finding["label"] == "Pneumonia")
    changed = (
        "--finding",
        f"{pneumonia}=uncertain,right,lower",
        "--finding",
        "edema=absent",
        "--reason",
        "as I see it",
    )
    signed = overread("review", "sign", waiting, *changed, "--add", "fracture,left")
    assert signed.code == 0, signed.err
    final = overread("review", "show", waiting, "--json").json["final"]
    assert [item["text"] for item in final["sections"]["findings"]] == [
        "Possible pneumonia in the right lower zone.",
        "There is a fracture on the left.",
        "No pulmonary edema.",
    ]
    assert {item["decided"] for item in final["sections"]["findings"]} == {"changed", "added"}


def test_lint_says_what_it_doubts_and_writes_nothing_down(overread, waiting: str) -> None:
    case = overread("review", "show", waiting, "--json").json
    sentence = case["draft"]["sections"]["impression"][0]["id"]
    said = overread("review", "lint", waiting, "--edit", f"{sentence}=There is a lesion of 3 cm.")
    assert said.code == 0
    assert f"{sentence} measurement: gives the number 3 cm" in " ".join(said.out.split())
    found = overread("review", "lint", waiting, "--edit", f"{sentence}=Unchanged.", "--json").json
    assert [note["about"] for note in found["notes"]] == ["prior"]
    assert "Nothing to look at." in overread("review", "lint", waiting).out
    assert overread("review", "list", "--json").json[0]["status"] == "awaiting_review"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--finding", "Pneumonia"], "is not --finding"),
        (["--finding", "Gout=absent", "--reason", "x"], "no finding 'Gout'"),
        (["--finding", "Pneumonia=absent,left", "--reason", "x"], "absent has no side"),
        (["--finding", "Pneumonia=present,left,upper,more", "--reason", "x"], "more than a side and a zone"),
        (["--finding", "Pneumonia=present"], "has no reason"),
        (["--add", "Gout"], "no label named 'Gout'"),
        (["--add", "Pneumonia,up"], "laterality"),
        (["--resolve", "k-1=x"], "no one open conflict"),
    ],
)
def test_what_cannot_be_is_bad_usage_in_one_line(overread, waiting: str, options: list[str], words: str) -> None:
    said = overread("review", "sign", waiting, *options)
    assert said.code == 2
    assert words in " ".join(said.err.split())
    assert overread("review", "list", "--json").json[0]["status"] == "awaiting_review"


def test_the_report_is_shown_as_plain_text(overread, waiting: str) -> None:
    shown = overread("review", "show", waiting, "--plain")
    case = overread("review", "show", waiting, "--json").json
    texts = [item["text"] for items in case["draft"]["sections"].values() for item in items]
    lines = shown.out.splitlines()
    assert "IMPRESSION" in lines
    assert [text for text in texts if text not in " ".join(shown.out.split())] == []
    assert "[1]" not in shown.out
