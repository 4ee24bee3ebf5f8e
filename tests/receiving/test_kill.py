"""A receiver that is killed at any step: each study is read once, its outcome written once, and nothing is lost."""

import json
from pathlib import Path

import pytest

from tests.graphs.processes import run
from tests.receiving.child import receive
from tests.receiving.stage import film, room_of

POINTS = (
    "after note",
    "before begin",
    "after begin",
    "after take in",
    "before end",
    "after end",
)


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_receiver_goes_on_where_it_was(tmp_path: Path, point: str) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    film(inbox / "study")
    assert run(receive, home, inbox, point) == -9
    assert (home / "killed").read_text() == point
    assert run(receive, home, inbox, point) == 0
    with room_of(home) as room:
        (row,) = room.worklist()
        assert row.status == "awaiting_review"
        tools = [detail["tool"] for _, event, detail in room.store.journal(row.case_id) if event == "tool"]
        audited = [json.loads(link.detail)["outcome"] for link in room.home.cases.audit.links()]
    assert audited == ["new_study"]
    assert json.loads((inbox / "study.processed").read_text())["outcome"] == "new_study"
    assert not list(inbox.glob("*.processing"))
    assert len(tools) == len(set(tools)) > 1, "no tool looks twice"
