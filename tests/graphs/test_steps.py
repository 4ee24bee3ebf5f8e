"""What a case says of itself while it runs: every node, every tool, when, and no word of what was found."""

from pathlib import Path

import pytest

from overread.errors import CaseBusy
from overread.graphs.case import build
from overread.outputs.progress_text import NODES, step_words
from overread.records import Progress, Step
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.payloads import make_claim
from tests.graphs.rooms import put_case, scripted_room, scripted_tools, sign_all


def test_each_step_begins_and_ends_once_and_each_tool_says_what_it_did(tmp_path: Path) -> None:
    tools = scripted_tools(report=ScriptedTool("report", fault=Fault("error")))
    told: list[Step] = []
    with scripted_room(tmp_path, tools) as room:
        file = room.read(put_case(room), told.append)
        assert room.home.progress.read(file.case_id) is None
    begun = [step for step in told if step.ended is None]
    ended = {step.key: step for step in told if step.ended is not None}
    assert len({step.key for step in begun}) == len(begun) == len(ended)
    assert all(ended[step.key].started == step.started <= ended[step.key].ended for step in begun)  # type: ignore[operator]
    assert [step.node for step in begun if step.tool is None] == [
        *("intake", "gate", "plan", "alert", "collect", "check", "draft", "verify", "review")
    ]
    done = {step.tool: step for step in ended.values() if step.tool}
    assert {step.node for step in done.values()} == {"gate", "run_tool"}
    runs = {run.tool: run for run in file.manifest.tool_runs}
    assert {name: step.evidence for name, step in done.items()} == {name: run.evidence for name, run in runs.items()}
    assert done["report"].failure == "error"
    assert done["segmentation"].view == "PA"
    assert done["vqa"].questions == len(file.plan.questions if file.plan else ())


def test_what_is_told_while_a_case_runs_holds_no_finding_and_nothing_of_the_order(tmp_path: Path) -> None:
    told: list[Step] = []
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room), told.append)
    words = "".join(step.model_dump_json() + step_words(step) for step in told)
    assert file.case.study.patient_key not in words
    assert "present" not in words
    assert "There is" not in words


def test_questions_that_settle_a_conflict_are_told_with_their_labels(tmp_path: Path) -> None:
    claim = make_claim("No pleural effusion.", "Pleural Effusion", "absent")
    tools = scripted_tools(report=ScriptedTool("report", [claim]))
    told: list[Step] = []
    with scripted_room(tmp_path, tools) as room:
        room.read(put_case(room), told.append)
    asking = [step for step in told if step.node == "adjudicate" and step.tool == "vqa" and step.ended is None]
    assert asking
    assert asking[0].about == ("Pleural Effusion",)
    assert "about the frontal image: pleural effusion" in step_words(asking[0])


def test_signing_says_its_steps_to_another_process_and_then_forgets_them(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        file = room.read(put_case(room))
        room.decide(file.case_id, sign_all(file))
        assert not list((tmp_path / "progress").iterdir())


def test_a_listener_that_fails_ends_the_case_and_leaves_no_progress(tmp_path: Path) -> None:
    def listen(step: Step) -> None:
        raise CaseBusy("enough")

    with scripted_room(tmp_path) as room:
        case_id = put_case(room)
        with pytest.raises(CaseBusy):
            room.read(case_id, listen)
        assert room.home.progress.read(case_id) is None
        assert room.file(case_id).status == "failed"


def test_progress_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        told: list[Step] = []
        case_id = put_case(room)
        room.read(case_id, told.append)
        progress = Progress(case_id=case_id)
        for step in told:
            progress = progress.after(step)
        room.home.progress.write(progress)
        assert room.home.progress.read(case_id) == progress
        assert progress.under_way == ()


def test_every_node_of_the_graph_has_words() -> None:
    assert {name for name in build().nodes if not name.startswith("__")} == set(NODES)
