"""The checkpoint from a terminal: shown, signed once, delivered, or rejected with a reason."""

from pathlib import Path

import pytest


@pytest.fixture
def waiting(overread, phantom: Path) -> str:
    """A case that waits for its review."""
    case_id: str = overread("read", phantom, "--json").json["case_id"]
    return case_id


def test_the_worklist_shows_what_waits(overread, waiting: str) -> None:
    assert waiting in overread("review", "list").out
    assert [row["status"] for row in overread("review", "list", "--json").json] == ["awaiting_review"]


def test_an_empty_store_has_an_empty_worklist(overread, home: Path) -> None:
    said = overread("review", "list", "--json")
    assert (said.code, said.json) == (0, [])
    assert not home.exists()


def test_show_numbers_statements_and_names_their_ids_and_evidence(overread, waiting: str) -> None:
    shown = overread("review", "show", waiting)
    statements = overread("review", "show", waiting, "--json").json["draft"]["sections"]
    for section in statements.values():
        for statement in section:
            assert f"({statement['id']})" in shown.out
    assert "[1]" in shown.out


def test_signing_applies_edits_and_rejects_and_delivers(overread, waiting: str, home: Path) -> None:
    signed = overread(
        "review", "sign", waiting, "--reviewer", "dr-a", "--edit", "1=Seen by me.", "--reject", "2", "--reason", "mine"
    )
    assert signed.code == 0
    case = overread("review", "show", waiting, "--json").json
    assert case["status"] == "signed"
    final = [statement for section in case["final"]["sections"].values() for statement in section]
    draft = [statement for section in case["draft"]["sections"].values() for statement in section]
    assert len(final) == len(draft) - 1
    assert [statement["text"] for statement in final if statement["edited"]] == ["Seen by me."]
    assert "Signed by dr-a" in (home / "deliveries" / waiting / "report.txt").read_text()


def test_a_case_is_signed_once(overread, waiting: str) -> None:
    assert overread("review", "sign", waiting).code == 0
    again = overread("review", "sign", waiting)
    assert again.code == 1
    assert "signed" in again.err


def test_the_digest_that_was_shown_binds_the_signature(overread, waiting: str) -> None:
    assert overread("review", "sign", waiting, "--draft", "ffffffffffff").code == 1
    digest = overread("review", "show", waiting, "--json").json["draft_digest"]
    assert overread("review", "sign", waiting, "--draft", digest[:12]).code == 0


@pytest.mark.parametrize(
    "options", [["--edit", "1=Other words"], ["--reject", "1"], ["--edit", "1=", "--reason", "x"], ["--reject", "999"]]
)
def test_an_edit_without_reason_or_text_or_target_is_bad_usage(overread, waiting: str, options: list[str]) -> None:
    said = overread("review", "sign", waiting, *options)
    assert said.code == 2
    assert overread("review", "list", "--json").json[0]["status"] == "awaiting_review"


def test_rejecting_needs_a_reason_and_ends_the_case(overread, waiting: str) -> None:
    assert overread("review", "reject", waiting).code == 2
    assert overread("review", "reject", waiting, "--reason", " ").code == 2
    assert overread("review", "reject", waiting, "--reason", "wrong patient").code == 0
    assert overread("review", "list", "--json").json == []
    assert overread("review", "list", "--all", "--json").json[0]["status"] == "rejected"


def test_an_unknown_case_is_a_clear_failure(overread, waiting: str) -> None:
    said = overread("review", "show", "c-nothing")
    assert said.code == 1
    assert "review list" in said.err


def test_what_is_rejected_when_a_draft_is_sent_back_stays_out_of_the_next(overread, waiting: str) -> None:
    before = overread("review", "show", waiting, "--json").json
    sections = before["draft"]["sections"]
    out, own = sections["limitations"][0], sections["impression"][0]
    words = "To be read by a person."
    said = overread(
        "review", "revise", waiting, "--reviewer", "dr-a", "--reason", "seen otherwise",
        "--reject", out["id"], "--edit", f"{own['id']}={words}",
    )  # fmt: skip
    assert said.code == 0
    assert "revision 1" in said.out
    after = overread("review", "show", waiting, "--json").json
    assert after["status"] == "awaiting_review"
    assert after["draft"]["revision"] == 1
    assert after["draft_digest"] != before["draft_digest"]
    texts = [statement["text"] for section in after["draft"]["sections"].values() for statement in section]
    assert out["text"] not in texts
    withheld = [item["statement"]["text"] for item in after["draft"]["withheld"]]
    assert words in (*texts, *withheld)
    assert overread("review", "sign", waiting, "--draft", before["draft_digest"][:12]).code == 1
    assert overread("review", "sign", waiting, "--draft", after["draft_digest"][:12]).code == 0


def test_sending_back_needs_a_reason_a_known_statement_and_a_draft_that_waits(overread, waiting: str) -> None:
    assert overread("review", "revise", waiting).code == 2
    assert overread("review", "revise", waiting, "--reason", " ").code == 2
    assert overread("review", "revise", waiting, "--reason", "x", "--reject", "999").code == 2
    assert overread("review", "revise", waiting, "--reason", "x", "--draft", "ffffffffffff").code == 1
    assert overread("review", "reject", waiting, "--reason", "x").code == 0
    assert overread("review", "revise", waiting, "--reason", "x").code == 1


def test_with_first_read_nothing_is_shown_or_decided_before_the_readers_own_words(overread, waiting: str) -> None:
    on = ("-c", "first_read=on", "review")
    for action in (["show", waiting], ["show", waiting, "--json"], ["lint", waiting], ["sign", waiting]):
        refused = overread(*on, *action, "--reviewer", "dr-a")
        assert (refused.code, refused.out) == (2, "")
        assert "write down what you see first" in refused.err
    assert overread(*on, "reject", waiting, "--reason", "no use", "--reviewer", "dr-a").code == 2
    assert overread(*on, "first-read", waiting, "--text", " ", "--reviewer", "dr-a").code == 2
    assert overread(*on, "first-read", waiting, "--text", "Looks normal.", "--reviewer", "dr-a").code == 0
    assert overread(*on, "first-read", waiting, "--text", "Again.", "--reviewer", "dr-a").code == 1
    shown = overread(*on, "show", waiting, "--json", "--reviewer", "dr-a")
    assert [(one["author"], one["text"]) for one in shown.json["first_reads"]] == [("dr-a", "Looks normal.")]
    assert overread(*on, "show", waiting, "--reviewer", "dr-b").code == 2, "another reader has not read it yet"
    assert overread(*on, "sign", waiting, "--reviewer", "dr-a").code == 0
    assert overread(*on, "show", waiting, "--reviewer", "dr-b").code == 0, "what is decided is hidden from nobody"


def test_what_was_left_is_carried_out_and_told(overread, waiting: str) -> None:
    assert "nothing was left" in overread("review", "finish").out
    assert overread("review", "sign", waiting, "--reviewer", "dr-a").code == 0
    assert "nothing was left" in overread("review", "finish").out
