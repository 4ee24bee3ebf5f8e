"""kill -9 anywhere, then again: nothing lost, nothing done twice."""

import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.graphs import processes
from tests.graphs.child import main
from tests.graphs.rooms import put_case, scripted_room

CASE = "c-000000000001"
WHILE_READING = (
    "before intake",
    "after intake",
    "before tool",
    "classification",
    "after tool",
    "before alert",
    "after alert",
    "check",
    "before save",
    "after save",
    "waiting",
)
WHILE_SIGNING = (
    "after decide",
    "before finalized",
    "after finalized",
    "before delivery",
    "after delivery",
    "before delivered",
    "after delivered",
)


@pytest.mark.parametrize("point", WHILE_READING)
def test_a_kill_while_reading_loses_nothing_and_repeats_nothing(
    tmp_path: Path, point: str, database_url: str | None
) -> None:
    assert processes.run(main, tmp_path, "read", point) == -signal.SIGKILL
    assert processes.run(main, tmp_path, "read", point) == 0
    with scripted_room(tmp_path) as room:
        file = room.file(CASE)
        journal = room.store.journal(CASE)
    assert file.status == "awaiting_review"
    assert {run.tool for run in file.manifest.tool_runs} >= {"segmentation", "classification", "report", "vqa"}
    assert len({item.id for item in file.evidence}) == len(file.evidence)
    assert [alert.label for alert in file.alerts] == ["Pneumothorax"]
    assert sum(event == "alert" for _, event, _ in journal) <= 1


def test_a_kill_inside_one_tool_does_not_run_the_finished_ones_again(tmp_path: Path) -> None:
    assert processes.run(main, tmp_path, "read", "classification") == -signal.SIGKILL
    assert processes.run(main, tmp_path, "read", "classification") == 0
    with scripted_room(tmp_path) as room:
        runs = Counter(detail["tool"] for _, event, detail in room.store.journal(CASE) if event == "tool")
    assert runs == Counter(dict.fromkeys(("header", "quality", "segmentation", "classification", "report", "vqa"), 1))


def test_a_kill_after_a_steps_last_write_and_before_its_checkpoint_is_gone_on_from(tmp_path: Path) -> None:
    with scripted_room(tmp_path / "whole") as room:
        put_case(room)
        whole = room.read(CASE)
    steps = _checkpoints(tmp_path / "whole")
    assert len(steps) > 5
    for place in range(len(steps)):
        home = tmp_path / f"after step {place}"
        shutil.copytree(tmp_path / "whole", home)
        _forget(home, steps[place + 1 :])
        with scripted_room(home) as room:
            room.store.mark(CASE, "running")
            file = room.read(CASE)
        assert file.status == "awaiting_review", place
        assert [item.id for item in file.evidence] == [item.id for item in whole.evidence], place


def _checkpoints(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base:
        return [name for (name,) in base.execute("select checkpoint_id from checkpoints order by checkpoint_id")]


def _forget(home: Path, checkpoints: list[str]) -> None:
    """Take checkpoints and what was written towards the steps after them out of the store, as if never reached."""
    with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base, base:
        for table in ("checkpoints", "writes"):
            base.executemany(f"delete from {table} where checkpoint_id = ?", [(name,) for name in checkpoints])


@pytest.mark.parametrize("point", WHILE_SIGNING)
def test_a_kill_while_signing_keeps_one_signature_and_delivers(tmp_path: Path, point: str) -> None:
    assert processes.run(main, tmp_path, "sign", point) == -signal.SIGKILL
    with scripted_room(tmp_path) as room:
        file = room.read(CASE)
        decisions = room.store.decision(CASE, file.draft_digest or "")
        assert file.status == "signed"
        assert file.final is not None
        assert decisions is not None
        assert decisions.reviewer == file.final.signed_by
        assert any(room.home.delivery(CASE).iterdir())
