"""kill -9 anywhere, then again: nothing lost, nothing done twice."""

import json
import shutil
import signal
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from overread.errors import StaleReview, UsageError
from overread.outputs.document import document_of
from overread.outputs.rendering import as_text
from overread.reading_room import ReadingRoom
from overread.records import CaseFile, Review, text_digest
from overread.signing import Addition
from tests.graphs import processes
from tests.graphs.child import LAST_TOOL, finish, follow, main
from tests.graphs.rooms import put_case, scripted_room, sign_all

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
    assert processes.run(main, tmp_path, "read", LAST_TOOL) == -signal.SIGKILL
    assert processes.run(main, tmp_path, "read", LAST_TOOL) == 0
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
        decisions = room.store.decisions.decision(CASE, file.draft_digest or "")
        assert file.status == "signed"
        assert file.final is not None
        assert decisions is not None
        assert decisions.reviewer == file.final.signed_by
        assert any(room.home.delivery(CASE).iterdir())


@pytest.mark.parametrize("point", WHILE_SIGNING)
def test_what_a_kill_left_of_a_signature_is_finished_without_opening_the_case(tmp_path: Path, point: str) -> None:
    assert processes.run(main, tmp_path, "sign", point) == -signal.SIGKILL
    with scripted_room(tmp_path) as room:
        assert room.finish() == [CASE]
        assert room.file(CASE).status == "signed"
        assert room.finish() == []
        assert room.recover() == []


WHILE_FOLLOWING = ("before save", "after save", "before delivery", "after delivery", "before delivered")


@pytest.mark.parametrize("point", WHILE_FOLLOWING)
def test_an_addendum_that_a_kill_left_undelivered_is_found_and_delivered(tmp_path: Path, point: str) -> None:
    assert processes.run(follow, tmp_path, point) == -signal.SIGKILL
    with scripted_room(tmp_path) as room:
        delivered = room.home.delivery(CASE) / "case.json"
        if point != "before delivered" and point != "after delivery":
            assert len(json.loads(delivered.read_text())["versions"]) == 1
        assert room.finish() == [CASE]
        assert [each["status"] for each in json.loads(delivered.read_text())["versions"]] == ["final", "appended"]
        assert "Told to the ward." in (room.home.delivery(CASE) / "report.txt").read_text()
        assert len(room.file(CASE).versions) == 2
        assert room.finish() == []


def test_what_was_delivered_is_left_alone(tmp_path: Path) -> None:
    assert processes.run(follow, tmp_path, "never") == 0
    with scripted_room(tmp_path) as room:
        assert room.finish() == []


def signed_elsewhere(room: ReadingRoom) -> tuple[CaseFile, Review]:
    """Write a signature down over words that this release would not compose, as another release does that is killed."""
    file = room.read(put_case(room))
    review, version = room._signed(CASE, sign_all(file), "final")
    other = "CHEST: no effusion, as another release would say it.\n"
    written = review.model_copy(update={"text_digest": text_digest(other)})
    room.store.decisions.decide(
        CASE, written, version.model_copy(update={"text": other, "text_digest": written.text_digest})
    )
    return file, written


def test_a_signature_that_another_release_would_carry_out_in_other_words_waits_again_and_says_why(
    tmp_path: Path,
) -> None:
    with scripted_room(tmp_path) as room:
        file, written = signed_elsewhere(room)
    with scripted_room(tmp_path) as room:
        assert room.finish() == [CASE]
        again = room.file(CASE)
        assert again.status == "awaiting_review"
        assert again.final is None
        assert again.draft is not None
        assert "Dr A signed this on" in (again.draft.reopened or "")
        assert "nothing was delivered" in as_text(document_of(again))
        assert again.draft_digest != file.draft_digest
        assert again.draft.sections == file.draft.sections if file.draft else False
        assert room.store.decisions.decision(CASE, written.draft_digest) == written, "what was decided is kept"
        assert room.store.decisions.signature(CASE) is None
        assert not any(room.home.delivery(CASE).iterdir())
        assert [link.action for link in room.store.audit.of(CASE)][-2:] == ["sign", "set_aside"]
        assert room.finish() == []
        with pytest.raises(StaleReview):
            room.decide(CASE, sign_all(file))
        with pytest.raises(UsageError, match="not signed"):
            room.to_follow(CASE, Addition("More."))
        signed = room.decide(CASE, sign_all(again, reviewer="Dr B"))
    assert signed.status == "signed"
    assert [(each.version, each.signed_by) for each in signed.versions] == [(1, "Dr A"), (2, "Dr B")]
    assert signed.versions[1].supersedes == written.text_digest
    assert (tmp_path / "deliveries" / CASE / "report.txt").is_file()


def test_a_signature_that_is_set_aside_is_so_once_when_the_process_dies_right_afterwards(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        signed_elsewhere(room)
    assert processes.run(finish, tmp_path, "after set_aside") == -signal.SIGKILL
    with scripted_room(tmp_path) as room:
        assert room.finish() == [CASE]
        assert room.file(CASE).status == "awaiting_review"
        assert [link.action for link in room.store.audit.of(CASE)] == ["sign", "set_aside"]


def test_a_case_that_failed_on_the_way_to_its_report_waits_again_too(tmp_path: Path) -> None:
    assert processes.run(main, tmp_path, "sign", "before finalized") == -signal.SIGKILL
    with scripted_room(tmp_path) as room:
        config = room.runs.config(CASE)
        (task,) = room.runs.graph.get_state(config).tasks
        assert task.name == "finalize"
        taken = room.runs.graph.get_state(config).values["review"]
        room.runs.graph.update_state(config, {"review": {**taken, "text_digest": "0" * 64}}, as_node="review")
        room.store.mark(CASE, "failed")
        assert room.finish() == [CASE]
        again = room.file(CASE)
        assert again.status == "awaiting_review"
        assert room.decide(CASE, sign_all(again)).status == "signed"
