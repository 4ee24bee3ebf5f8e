"""What was noticed about a signed report is said at the signature and whenever the case is shown."""

from pathlib import Path


def test_notices_are_printed_when_it_is_signed_and_when_it_is_shown(overread, phantom: Path) -> None:
    case = overread("read", phantom, "--json").json["case_id"]
    draft = overread("review", "show", case, "--json").json["draft"]["sections"]
    first = draft["impression"][0]["id"]
    signed = overread("review", "sign", case, "--edit", f"{first}=There is a left pneumothorax.", "--reason", "seen")
    assert signed.code == 0
    assert "is signed by" in signed.out
    assert "critical not told" in signed.out
    shown = overread("review", "show", case)
    assert "After the signature" in shown.out
    assert "Impression: There is a left pneumothorax." in shown.out
    kept = overread("review", "show", case, "--json").json
    assert "critical_not_told" in [notice["kind"] for notice in kept["after_signature"]["notices"]]
    assert kept["status"] == "signed"


def test_a_signature_without_a_notice_says_only_that(overread, phantom: Path) -> None:
    case = overread("read", phantom, "--json").json["case_id"]
    assert overread("review", "sign", case, "--reviewer", "dr-a").out == f"{case} is signed by dr-a.\n"
    assert "After the signature: 0 notices, by 5 rules" in overread("review", "show", case).out
