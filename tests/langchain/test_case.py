"""A case as a Runnable: up to its review, alone, in a batch and inside an agent's graph."""

import asyncio
import json
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph

from overread.composition import open_room
from overread.errors import UsageError
from overread.langchain import CaseInput, case_runnable
from overread.records import CaseFile
from overread.settings import Settings
from overread.testing.phantoms import negative_to_dicom, sample_recipe, write_study


def test_a_case_waits_for_a_person_with_every_sentence_cited(scripted: Settings, phantom: Path) -> None:
    with case_runnable(scripted) as read:
        case = read.invoke(str(phantom))
    assert case["status"] == "awaiting_review"
    assert (case["review"], case["final"]) == (None, None)
    known = {item["id"] for item in case["evidence"]}
    sentences = [said for part in case["draft"]["sections"].values() for said in part]
    assert sentences
    assert all(said["citations"] and set(said["citations"]) <= known for said in sentences)
    assert CaseFile.model_validate(json.loads(json.dumps(case))).case_id == case["case_id"]
    with open_room(scripted) as room:
        assert [row.status for row in room.worklist()] == ["awaiting_review"]


def test_order_and_prior_are_part_of_the_case(scripted: Settings, phantom: Path, tmp_path: Path) -> None:
    prior = tmp_path / "prior"
    write_study(prior, sample_recipe(9, view="PA", flipped=False), size=128)
    asked = {"paths": [phantom], "order": {"question": "Pneumothorax?", "priority": "STAT"}, "priors": [prior]}
    with case_runnable(scripted) as read:
        case = read.invoke(asked)
        same = read.invoke(CaseInput.model_validate(asked))
        without = read.invoke(phantom)
    assert case["case"]["order"]["priority"] == "STAT"
    assert any("prior" in note for note in case["case"]["input_notes"])
    assert same["case_id"] == case["case_id"]
    assert without["case_id"] == case["case_id"], "the study sent again is the case on file, with its order"


def test_what_is_no_case_says_why(scripted: Settings, tmp_path: Path) -> None:
    text, hand = tmp_path / "a.txt", tmp_path / "hand.dcm"
    text.write_text("no study")
    negative_to_dicom("hand", 1, body_part="HAND").save_as(hand, enforce_file_format=True)
    with case_runnable(scripted) as read:
        refused = read.batch([text, hand], return_exceptions=False)
        for wrong in ({"paths": []}, {"path": "x"}, tmp_path / "nothing"):
            with pytest.raises(UsageError):
                read.invoke(wrong)  # type: ignore[arg-type]
    assert [case["status"] for case in refused] == ["refused", "refused"]
    assert [case["gate"]["refusal"]["reason"] for case in refused] == ["unreadable", "wrong_body_part"]


def test_many_cases_at_once_and_awaited(scripted: Settings, tmp_path: Path) -> None:
    for number in range(3):
        write_study(tmp_path / str(number), sample_recipe(number, view="PA", flipped=False), size=128)
    with case_runnable(scripted) as read:
        cases = read.batch([tmp_path / str(number) for number in range(3)])
        again = asyncio.run(read.ainvoke(tmp_path / "0"))
    assert [case["status"] for case in cases] == ["awaiting_review"] * 3
    assert again["case_id"] == cases[0]["case_id"]


class State(TypedDict, total=False):
    path: str
    case: dict[str, Any]


def test_a_node_of_an_agent_with_its_own_checkpoints_gets_the_case_and_is_not_stopped_by_its_review(
    scripted: Settings, phantom: Path
) -> None:
    with case_runnable(scripted) as read:
        graph = StateGraph(State)
        graph.add_node("read", lambda state: {"case": read.invoke(state["path"])})
        graph.add_edge(START, "read")
        graph.add_edge("read", END)
        compiled = graph.compile(checkpointer=InMemorySaver())
        config: Any = {"configurable": {"thread_id": "agent"}}
        done = compiled.invoke({"path": str(phantom)}, config)
        assert compiled.get_state(config).next == ()
        with open_room(scripted) as room:
            assert [row.case_id for row in room.worklist(["awaiting_review"])] == [done["case"]["case_id"]]
