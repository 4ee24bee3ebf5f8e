"""The ladder from a terminal: sent once, seen in list, show and doctor until somebody acknowledges."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from overread.records import Alert
from overread.store.home import Home
from overread.testing.doubles import make_case

CASE = "c-000000000001"


@pytest.fixture
def store(home: Path) -> Home:
    """A store with one case, whose critical result was raised just now."""
    opened = Home(home)
    opened.cases.admit(make_case(case_id=CASE), 1, {}, None)
    at = datetime.now(UTC)
    alert = Alert(id="a-1", label="Pneumothorax", category=1, message="m", evidence_ids=(), raised_at=at)
    opened.cases.raise_alert(CASE, alert)
    return opened


def channel(tmp_path: Path, code: str, attempts: int = 6) -> list[str]:
    script = tmp_path / "hook.sh"
    script.write_text(f"#!/bin/sh\n{code}\n")
    script.chmod(0o755)
    content = {"kind": "command", "command": [str(script)], "attempts": attempts}
    return ["-c", f"channels.hook={json.dumps(content)}"]


def test_somebody_is_told_once_by_the_command(overread, store: Home, tmp_path: Path) -> None:
    told = tmp_path / "told.json"
    hook = channel(tmp_path, f"cat >> {told}")
    said = overread(*hook, "escalate", "--once")
    assert (said.code, "1 critical results are open; 1 notices were tried" in said.out) == (0, True)
    assert overread(*hook, "escalate").code == 0
    body = json.loads(told.read_text())
    assert (body["case"], body["category"], body["role"]) == (CASE, 1, "reading radiologist")
    assert body["link"] == f"http://127.0.0.1:7860/?case={CASE}"
    assert "finding" not in body
    assert "Pneumothorax (open)" in overread("review", "list").out
    store.close()


def test_what_reached_nobody_is_loud_in_list_and_doctor_until_it_is_acknowledged(
    overread, store: Home, tmp_path: Path
) -> None:
    overread(*channel(tmp_path, "exit 3", attempts=1), "escalate")
    assert "1 may have reached nobody" in overread("review", "list").out
    (row,) = overread("review", "list", "--json").json
    assert (row["critical"], row["untold"]) == ("open", 1)
    doctor = overread("doctor")
    assert doctor.code == 1
    assert "is dead: the command ended with 3" in " ".join(doctor.out.split())
    overread("review", "ack", CASE, "--told", "Dr Ward", "--how", "phone", "--read-back")
    assert "Pneumothorax (acknowledged)" in overread("review", "list").out
    assert "is dead" not in overread("doctor").out
    store.close()


def test_without_a_channel_it_stays_on_the_page_and_doctor_says_so(overread, store: Home) -> None:
    assert overread("escalate").code == 0
    (notice,) = store.notices.of(CASE)
    assert notice.state == "shown"
    assert "not set up in 'channels'" in overread("doctor").out
    store.close()


def test_a_ladder_or_a_channel_that_is_not_valid_is_bad_usage(overread, store: Home, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("name: x\n")
    wrong = overread("-c", f"escalation_file={own}", "escalate")
    assert (wrong.code, "the ladder own.yaml is not valid" in wrong.err) == (2, True)
    assert overread("-c", 'channels.hook={"kind": "pigeon"}', "escalate").code == 2
    store.close()


def test_the_address_of_a_channel_is_not_printed(overread, home: Path) -> None:
    hook = '{"kind": "webhook", "url": "https://pager.example/s3cret", "secret": "hunter2"}'
    said = overread("-c", f"channels.hook={hook}", "config")
    assert said.code == 0
    assert "s3cret" not in said.out
    assert "hunter2" not in said.out
