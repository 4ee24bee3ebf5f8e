"""What an earlier version left is gone on with, or refused aloud: recorded homes, and graphs changed without a word."""

import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command, interrupt

from overread.errors import StaleReview
from overread.graphs import _review_nodes as nodes
from overread.graphs import case as case_graph
from overread.graphs._state import CaseState, dump
from overread.graphs.case import CaseGraph
from overread.reading_room import ReadingRoom
from overread.records import CaseFile
from overread.waiting import stranded
from tests.graphs.rooms import scripted_room, sign_all

HERE = Path(__file__).parent
RECORDED = tuple(sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz")))
Change = Callable[[Any], CaseGraph]
"""A checkpointer to a graph over it."""


@contextmanager
def recorded_room(version: str, home: Path) -> Iterator[tuple[ReadingRoom, CaseFile]]:
    """Unpack the home that a version left, and open it with this version."""
    with tarfile.open(HERE / f"{version}.tar.xz") as archive:
        archive.extractall(home, filter="data")
    with scripted_room(home) as room:
        (row,) = room.store.rows()
        yield room, room.file(row.case_id)


def decided(graph: CaseGraph, room: ReadingRoom, file: CaseFile) -> list[str]:
    """Give one decision to the graph itself, and the nodes that ran; it must have asked for that, once."""
    config: Any = {"configurable": {"thread_id": file.case_id, "__pregel_strict_resume": True}}
    (asked,) = graph.get_state(config).interrupts
    work = Command(resume={asked.id: dump(sign_all(file))})
    ran = []
    for part in graph.stream(work, config, context=room.services, durability="sync", stream_mode="tasks"):
        assert not part.get("interrupts"), f"{part['name']} asks for something that nobody has answered"
        ran += [part["name"]] if "input" in part else []
    assert graph.get_state(config).values["delivered"]
    return ran


def test_there_are_recordings_and_they_are_small() -> None:
    assert {"0.1.0", "5350bf3"} <= set(RECORDED)
    assert sum((HERE / f"{version}.tar.xz").stat().st_size for version in RECORDED) < 200_000


@pytest.mark.parametrize("version", RECORDED)
def test_a_case_that_an_earlier_version_left_waiting_is_signed_by_this_one(tmp_path: Path, version: str) -> None:
    with recorded_room(version, tmp_path) as (room, file):
        assert file.status == "awaiting_review"
        assert list(stranded(room.runs.graph, room.store)) == []
        signed = room.decide(file.case_id, sign_all(file))
        assert signed.status == "signed"
        assert signed.final is not None
        assert [alert.label for alert in signed.alerts] == ["Pneumothorax"]
        assert signed.after_signature is not None
        assert signed.after_signature.notices == ()  # the reason why nobody was told is on file
        assert (room.home.delivery(file.case_id) / "report.md").is_file()


@pytest.mark.parametrize("version", RECORDED)
def test_a_case_that_an_earlier_version_left_waiting_is_drafted_anew_by_this_one(tmp_path: Path, version: str) -> None:
    with recorded_room(version, tmp_path) as (room, file):
        again = room.decide(file.case_id, sign_all(file, decision="revise"))
        assert again.status == "awaiting_review"
        assert again.draft is not None
        assert again.draft.revision == 1
        assert room.decide(file.case_id, sign_all(again)).status == "signed"


@pytest.mark.parametrize("version", RECORDED)
def test_this_version_goes_on_from_each_step_that_an_earlier_one_took(tmp_path: Path, version: str) -> None:
    with recorded_room(version, tmp_path / "whole") as (_, file):
        steps = _steps(tmp_path / "whole")
    assert len(steps) > 5
    for place in range(len(steps)):
        home = tmp_path / f"{place}"
        with recorded_room(version, home) as (room, _):
            _forget(home, steps[place + 1 :])
            room.store.mark(file.case_id, "running")
            assert room.read(file.case_id).status == "awaiting_review", place


def _steps(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base:
        return [name for (name,) in base.execute("select checkpoint_id from checkpoints order by checkpoint_id")]


def _forget(home: Path, steps: list[str]) -> None:
    with closing(sqlite3.connect(home / "checkpoints.sqlite")) as base, base:
        for table in ("checkpoints", "writes"):
            base.executemany(f"delete from {table} where checkpoint_id = ?", [(name,) for name in steps])


def shipped(saver: Any) -> CaseGraph:
    return case_graph.build(saver)


def renamed(saver: Any) -> CaseGraph:
    """Build the case graph with its node `review` under another name."""
    builder = case_graph.build().builder
    builder.nodes["sign_off"] = builder.nodes.pop("review")
    builder.branches["sign_off"] = builder.branches.pop("review")
    for name, branch in builder.branches["verify"].items():
        ends = {key: "sign_off" if end == "review" else end for key, end in (branch.ends or {}).items()}
        builder.branches["verify"][name] = branch._replace(ends=ends)
    return builder.compile(checkpointer=saver)


def asking(question: object) -> Change:
    """Build the case graph with an interrupt before the one that its node `review` has."""

    def review(state: CaseState) -> CaseState:
        interrupt(question)
        return nodes.review(state)

    def build(saver: Any) -> CaseGraph:
        builder = case_graph.build().builder
        own = builder.nodes.pop("review")
        builder.add_node("review", review)
        assert own.metadata == builder.nodes["review"].metadata
        return builder.compile(checkpointer=saver)

    return build


def test_the_graph_as_it_is_asks_once_and_ends_where_it_did(tmp_path: Path) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file):
        graph = shipped(room.runs.graph.checkpointer)
        assert decided(graph, room, file) == ["review", "finalize", "deliver"]


@pytest.mark.parametrize("change", [renamed, asking({"is": "this the right patient?"})])
def test_a_node_renamed_or_an_interrupt_put_in_fails_what_holds_the_graph_as_it_is(
    tmp_path: Path, change: Change
) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file), pytest.raises((ValueError, AssertionError)):
        assert decided(change(room.runs.graph.checkpointer), room, file) == ["review", "finalize", "deliver"]


def test_a_review_whose_node_was_renamed_is_refused_and_not_lost(tmp_path: Path) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file):
        room.runs.graph = renamed(room.runs.graph.checkpointer)
        (lost,) = stranded(room.runs.graph, room.store)
        assert (lost.case_id, "does not wait" in lost.why) == (file.case_id, True)
        with pytest.raises(StaleReview, match="its run does not"):
            room.decide(file.case_id, sign_all(file))
        assert room.store.decisions.decision(file.case_id, file.draft_digest or "") is None
        assert room.file(file.case_id).status == "awaiting_review"


@pytest.mark.parametrize("question", [{"is": "this the right patient?"}, "the right patient?"])
def test_a_question_that_was_put_before_the_review_does_not_get_its_answer_and_goes_on(
    tmp_path: Path, question: object
) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file):
        room.runs.graph = asking(question)(room.runs.graph.checkpointer)
        with pytest.raises(StaleReview):
            room.decide(file.case_id, sign_all(file))
        assert room.file(file.case_id).status == "failed"
        assert not list(room.home.delivery(file.case_id).iterdir())


def test_a_case_of_another_graph_version_is_refused(tmp_path: Path) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file):
        with closing(sqlite3.connect(tmp_path / "cases.sqlite")) as base, base:
            base.execute("update cases set graph_version = 0")
        with pytest.raises(StaleReview, match="graph version 0, this is 1"):
            room.decide(file.case_id, sign_all(file))
        (lost,) = stranded(room.runs.graph, room.store)
        assert "graph version 0" in lost.why


def test_a_case_whose_checkpoints_are_gone_is_reported(tmp_path: Path) -> None:
    with recorded_room("5350bf3", tmp_path) as (room, file):
        _forget(tmp_path, _steps(tmp_path))
        (lost,) = stranded(room.runs.graph, room.store)
        assert "checkpoints are gone" in lost.why
        with pytest.raises(StaleReview, match="its run does not"):
            room.decide(file.case_id, sign_all(file))
