"""Critical results from a terminal: acknowledged with the whole record, and no signature without it or a reason."""

from pathlib import Path

import pytest

from overread.records import Alert
from overread.store.home import Home


@pytest.fixture
def waiting(overread, phantom: Path, home: Path) -> str:
    """A case that waits for its review, with two critical results."""
    case_id: str = overread("read", phantom, "--json").json["case_id"]
    store = Home(home)
    at = store.cases.row(case_id).created_at
    for label in ("Pneumothorax", "Pneumonia"):
        alert = Alert(id=f"a-{label}", label=label, category=1, message=f"{label}.", evidence_ids=(), raised_at=at)
        store.cases.raise_alert(case_id, alert)
    store.close()
    return case_id


TOLD = ("--told", "Dr Ward", "--how", "phone", "--reviewer", "Dr A")


def test_one_of_several_is_named_and_the_record_is_kept_whole(overread, waiting: str) -> None:
    several = overread("review", "ack", waiting, *TOLD, "--read-back")
    assert several.code == 2
    assert "a-Pneumothorax (Pneumothorax)" in several.err
    said = overread("review", "ack", waiting, *TOLD, "--read-back", "--alert", "a-Pneumothorax", "--remark", "ward 3")
    assert said.code == 0
    assert "Dr Ward was told by phone" in said.out
    alerts = {alert["label"]: alert for alert in overread("review", "show", waiting, "--json").json["alerts"]}
    made = alerts["Pneumothorax"]["acknowledged"]
    assert (made["told"], made["by"], made["how"], made["read_back"]) == ("Dr Ward", "Dr A", "phone", True)
    assert (made["remark"], made["finding"]) == ("ward 3", "Pneumothorax.")
    assert alerts["Pneumonia"]["acknowledged"] is None
    assert "Dr Ward was told by phone" in overread("review", "show", waiting).out


def test_the_one_that_is_left_needs_no_name_and_a_second_time_is_told_so(overread, waiting: str) -> None:
    overread("review", "ack", waiting, *TOLD, "--no-read-back", "--alert", "a-Pneumothorax")
    assert overread("review", "ack", waiting, *TOLD, "--no-read-back").code == 0
    again = overread("review", "ack", waiting, *TOLD, "--read-back", "--alert", "a-Pneumonia")
    assert again.code == 1
    assert "Dr A acknowledged this critical result" in again.err


@pytest.mark.parametrize(
    "options",
    [
        ("--how", "phone", "--read-back"),
        ("--told", "Dr Ward", "--read-back"),
        ("--told", "Dr Ward", "--how", "phone"),
        ("--told", " ", "--how", "phone", "--read-back"),
        ("--told", "Dr Ward", "--how", "pigeon", "--read-back"),
        ("--told", "Dr Ward", "--how", "phone", "--read-back", "--told-at", "yesterday"),
        ("--told", "Dr Ward", "--how", "phone", "--read-back", "--told-at", "2999-01-01T10:00"),
    ],
)
def test_what_is_not_whole_is_bad_usage(overread, waiting: str, options: tuple[str, ...]) -> None:
    assert overread("review", "ack", waiting, "--alert", "a-Pneumonia", *options).code == 2
    shown = overread("review", "show", waiting, "--json").json
    assert [alert["acknowledged"] for alert in shown["alerts"]] == [None, None]


def test_an_unknown_case_or_result_is_a_clear_line(overread, waiting: str) -> None:
    assert overread("review", "ack", "c-nothing", *TOLD, "--read-back").code == 1
    unknown = overread("review", "ack", waiting, *TOLD, "--read-back", "--alert", "a-none")
    assert (unknown.code, "no critical result a-none" in unknown.err) == (2, True)


def test_signing_needs_the_acknowledgement_or_a_reason(overread, waiting: str) -> None:
    refused = overread("review", "sign", waiting)
    assert refused.code == 2
    assert "nobody was told of 2 critical results" in refused.err
    assert overread("review", "sign", waiting, "--no-ack-reason", " ").code == 2
    overread("review", "ack", waiting, *TOLD, "--read-back", "--alert", "a-Pneumothorax")
    assert overread("review", "sign", waiting, "--no-ack-reason", "known since Monday").code == 0
    alerts = {
        alert["label"]: alert["acknowledged"] for alert in overread("review", "show", waiting, "--json").json["alerts"]
    }
    assert alerts["Pneumothorax"]["told"] == "Dr Ward"
    assert alerts["Pneumonia"]["not_told"] == "known since Monday"
