"""A recorded case gives the same draft again without its tools, and says where it does not."""

import gzip
import json
from pathlib import Path

import pytest

from overread.errors import UsageError
from overread.ports import Tool
from overread.records import Answer, Claim, Question
from overread.replaying import RecordedCase, Replayed, read_record, record_case, replayed_record, write_record
from overread.testing.doubles import Fault, ScriptedTool
from tests.graphs.rooms import TRUST, put_case, score, scripted_room, scripted_tools, settings

SEEN = [score("Pleural Effusion", 0.9), score("Pneumothorax", 0.95)]


def recorded(home: Path, tools: dict[str, Tool] | None = None) -> RecordedCase:
    with scripted_room(home, tools) as room:
        case_id = room.read(put_case(room)).case_id
    return record_case(settings(home), case_id, tools or scripted_tools(), TRUST)


def again(home: Path, record: RecordedCase) -> Replayed:
    with replayed_record(settings(home), record) as done:
        return done


def answering(work: object) -> list[Answer]:
    questions: tuple[Question, ...] = work.questions  # type: ignore[attr-defined]
    return [Answer(question=q.text, answer="no", label=q.label, status="absent") for q in questions]


def test_a_recorded_case_gives_the_same_draft_to_the_byte_and_asks_no_tool(tmp_path: Path) -> None:
    conflicting = Claim(text="Right pneumothorax.", section="findings")
    tools = scripted_tools(
        classification=ScriptedTool("classification", SEEN),
        report=ScriptedTool("report", [conflicting]),
        vqa=ScriptedTool("vqa", answering),
    )
    record = recorded(tmp_path, tools)
    runs = {name: tool.runs for name, tool in tools.items() if isinstance(tool, ScriptedTool)}
    done = again(tmp_path, record)
    assert done.differences == ()
    assert done.same_draft
    assert done.again.draft_digest is not None
    assert [alert.label for alert in done.again.alerts] == ["Pneumothorax"]
    assert {name: tool.runs for name, tool in tools.items() if isinstance(tool, ScriptedTool)} == runs


@pytest.mark.parametrize("kind", ["error", "unavailable", "invalid_output", "foreign_study"])
def test_what_failed_fails_again_in_the_same_way(tmp_path: Path, kind: str) -> None:
    tools = scripted_tools(report=ScriptedTool("report", fault=Fault(kind)))  # type: ignore[arg-type]
    record = recorded(tmp_path, tools)
    done = again(tmp_path, record)
    assert done.same_draft
    assert [(item.tool, item.kind, item.message) for item in done.again.failures] == [
        (item.tool, item.kind, item.message) for item in record.file.failures
    ]


def test_a_file_gives_back_the_record_and_the_same_bytes(tmp_path: Path) -> None:
    record = recorded(tmp_path)
    write_record(record, tmp_path / "one.json.gz")
    read = read_record(tmp_path / "one.json.gz")
    assert read == record
    write_record(read, tmp_path / "two.json.gz")
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()


def test_another_answer_on_record_is_another_draft_and_is_told(tmp_path: Path) -> None:
    record = recorded(tmp_path, scripted_tools(classification=ScriptedTool("classification", SEEN)))
    file = record.file
    kept = tuple(item for item in file.evidence if getattr(item.payload, "label", None) != "Pneumothorax")
    altered = record.model_copy(update={"file": file.model_copy(update={"evidence": kept})})
    done = again(tmp_path, altered)
    assert not done.same_draft
    assert ("alert", "Pneumothorax") in {(item.part, item.what) for item in done.differences}


def test_what_the_record_does_not_hold_is_a_failure_and_no_empty_answer(tmp_path: Path) -> None:
    record = recorded(tmp_path, scripted_tools(vqa=ScriptedTool("vqa", answering)))
    file = record.file
    asked = file.questions_asked[1:]
    done = again(tmp_path, record.model_copy(update={"file": file.model_copy(update={"questions_asked": asked})}))
    assert [item.tool for item in done.again.failures] == ["vqa"]
    assert "1 of its questions were not asked" in done.again.failures[0].message
    runs = tuple(run for run in file.manifest.tool_runs if run.tool != "report")
    manifest = file.manifest.model_copy(update={"tool_runs": runs})
    done = again(tmp_path, record.model_copy(update={"file": file.model_copy(update={"manifest": manifest})}))
    assert [item.message for item in done.again.failures] == ["report did not run when the case was recorded"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "(the whole file: Invalid JSON"),
        (b"{}", "is no recorded case;"),
        (gzip.compress(b"{}"), "that this version reads (file: Field required)"),
        (gzip.compress(json.dumps({"format": 2}).encode())[:-9], "is no recorded case;"),
    ],
    ids=["empty", "no gzip", "nothing in it", "cut short"],
)
def test_what_is_no_recorded_case_is_refused_by_name(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "it.json.gz"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"it\.json\.gz is no recorded case") as told:
        read_record(path)
    assert why in str(told.value)
    with pytest.raises(UsageError):
        read_record(tmp_path / "nowhere.json.gz")


def test_a_case_that_was_not_read_has_nothing_to_record(tmp_path: Path) -> None:
    with scripted_room(tmp_path) as room:
        case_id = put_case(room)
    with pytest.raises(UsageError, match="nothing to record"):
        record_case(settings(tmp_path), case_id, scripted_tools(), TRUST)
