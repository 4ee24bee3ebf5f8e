"""Everybody reads the same studies: what is counted, who says what, and where the agent differs."""

from pathlib import Path

import pytest

from overread.comparing import react
from overread.comparing.cues import _row, cue_twins
from overread.comparing.figures import counts, figures
from overread.comparing.page import draw, markdown, write
from overread.comparing.run import compare
from overread.comparing.said import Said, Word, in_text
from overread.comparing.studies import Known, phantoms_in
from overread.comparing.systems import systems
from overread.ports import ToolInput
from overread.records import Answer, Assertion, CaseFile, Claim, Code, Finding, Manifest
from overread.replaying import RecordedCase, record_case
from overread.settings import load_settings
from overread.testing.doubles import MemoryArtifacts, MemoryPixels, ScriptedTool, make_case, make_study
from tests.graphs.rooms import TRUST, put_case, score, scripted_room, scripted_tools, settings

CLAIM = Claim(
    text="There is a left pleural effusion.",
    section="findings",
    assertions=(Assertion(label="Pleural Effusion", status="present", laterality="left", start=16, end=32),),
)


def study(**labels: bool) -> Known:
    return Known(Path("a"), "p", {name.replace("_", " "): value for name, value in labels.items()})


def test_a_text_is_read_by_its_strongest_word_on_a_label_with_its_sides() -> None:
    words = in_text("Findings: No pneumothorax. Possible left effusion. Right pleural effusion. Left pleural effusion.")
    assert words["Pneumothorax"] == Word("absent")
    assert words["Pleural Effusion"] == Word("present", frozenset({"left", "right"}))


def test_a_study_is_counted_by_hand() -> None:
    known = Known(
        Path("a"),
        "p",
        {"Edema": True, "Fracture": False, "Pneumothorax": True, "Pneumonia": True, "Atelectasis": False},
        {"Edema": frozenset({"left"}), "Pneumothorax": frozenset({"right"})},
    )
    said = {
        "Edema": Word("present", frozenset({"left", "right"})),
        "Fracture": Word("present"),
        "Pneumothorax": Word("absent"),
        "Pneumonia": Word("uncertain"),
        "Lung Lesion": Word("present"),
    }
    found = counts(known, Said(said, sentences=4, uncited=1))
    assert found == {
        "there": 3,
        "stated": 2,
        "stated_right": 1,
        "named": 3,
        "named_right": 2,
        "asked": 5,
        "decided": 3,
        "decided_wrong": 2,
        "denied": 1,
        "sided": 1,
        "sides_right": 0,
        "sentences": 4,
        "uncited": 1,
        "studies": 1,
    }


def test_figures_have_intervals_over_patients_and_the_agents_difference() -> None:
    studies = [Known(Path(str(n)), f"p{n}", {"Edema": n % 2 == 0}) for n in range(40)]
    right = [Said({"Edema": Word("present" if one.labels["Edema"] else "absent")}) for one in studies]
    wrong = [Said({"Edema": Word("present")}) for _ in studies]
    found = figures(studies, {"agent": right, "other": wrong}, "agent")
    assert found["agent"]["F1"].value == 1
    assert found["agent"]["F1"].agent_better_by is None
    assert found["other"]["F1"].value == pytest.approx(2 / 3, abs=1e-3)
    low, high = found["other"]["F1"].better_low, found["other"]["F1"].better_high
    assert low is not None
    assert high is not None
    assert 0 < low < 1 / 3 < high
    assert found["agent"]["sides"].value is None


def recorded(home: Path) -> RecordedCase:
    tools = scripted_tools(
        report=ScriptedTool("report", [CLAIM]),
        classification=ScriptedTool("classification", [score("Pneumothorax", 0.6), score("Edema", 0.2)]),
        vqa=ScriptedTool("vqa", answers),
    )
    with scripted_room(home, tools) as room:
        case_id = room.read(put_case(room)).case_id
    return record_case(settings(home), case_id, tools, TRUST)


def answers(work: ToolInput) -> list[Answer]:
    yes = "Fracture"
    return [
        Answer(question=q.text, answer="yes", label=yes, status="present") for q in work.questions if q.label == yes
    ]


def test_the_loop_calls_each_tool_once_and_writes_down_what_was_said(tmp_path: Path) -> None:
    tools = scripted_tools(
        report=ScriptedTool("report", [CLAIM]),
        classification=ScriptedTool("classification", [score("Pneumothorax", 0.6), score("Pleural Effusion", 0.9)]),
        vqa=ScriptedTool("vqa", [Answer(question="?", answer="yes", label="Fracture", status="present")]),
        segmentation=ScriptedTool("segmentation", fault=None),
    )
    work = ToolInput(make_study(1), make_study(1).series[0].images[0], MemoryPixels(), MemoryArtifacts())
    assert react.read(tools, work).splitlines() == [CLAIM.text, "Pneumothorax.", "Fracture."]
    assert [tool.runs for name, tool in tools.items() if name in react.ORDER and isinstance(tool, ScriptedTool)] == [
        1,
        1,
        1,
        1,
    ]


def test_everybody_reads_the_recorded_study(tmp_path: Path) -> None:
    record = recorded(tmp_path)
    said = {system.name: system.read(record, settings(tmp_path / "other")) for system in systems()}
    assert said["agent"].uncited == 0
    assert said["agent"].sentences > 0
    assert said["report model alone"].words == {"Pleural Effusion": Word("present", frozenset({"left"}))}
    assert said["classifier alone"].words == {"Pneumothorax": Word("present"), "Edema": Word("absent")}
    assert said["tool loop"].words["Pneumothorax"] == Word("present")
    assert said["tool loop"].uncited == said["tool loop"].sentences == 2
    assert said["without conflict_check"].words["Pneumothorax"].status == "present"


def test_phantoms_are_read_compared_and_shown(tmp_path: Path) -> None:
    studies = tuple(phantoms_in(tmp_path / "phantoms", 2))
    assert all("No Finding" not in one.labels for one in studies)
    own = load_settings(home=tmp_path / "home", profile="scripted")
    ticks: list[int] = []
    done = compare(studies, "2 phantoms", own, lambda at, _total: ticks.append(at))
    assert (done.studies, done.patients, done.unreadable, ticks) == (2, 2, 0, [0, 1])
    assert done.rows[0].system == "agent"
    text = markdown(done)
    assert "| agent |" in text
    assert "| tool loop |" in text
    write(done, tmp_path / "out")
    assert (tmp_path / "out" / "results.json").read_text().startswith("{")
    draw(done, tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_not_there_is_left_out_and_counted(tmp_path: Path) -> None:
    nothing = Known(tmp_path / "gone.dcm", "p", {"Edema": True})
    (tmp_path / "gone.dcm").write_bytes(b"not an image")
    done = compare([nothing], "one file", load_settings(home=tmp_path / "home", profile="scripted"))
    assert (done.studies, done.unreadable) == (0, 1)


def test_cue_twins_are_studies_of_their_own_and_what_moves_is_counted(tmp_path: Path) -> None:
    rows = cue_twins(load_settings(home=tmp_path / "home", profile="scripted"), 1)
    assert [row.cue for row in rows if row.control] == ["QXZV"]
    assert {(row.studies, row.moved, row.findings_moved) for row in rows} == {(1, 0, 0)}  # a script sees no ink
    assert rows[0].findings > 0
    plain, twin = (file_of(status) for status in ("present", "absent"))
    moved = _row("ICU", [(plain, twin), (plain, plain)])
    assert (moved.studies, moved.moved, moved.findings_moved, moved.turned) == (2, 1, 1, 1)
    assert moved.low < 0.5 < moved.high


def file_of(status: str) -> CaseFile:
    code = Code(scheme="99TEST", value="edema", meaning="edema")
    found = Finding(id="f-1", code=code, label="Edema", status=status, reason="Made for the test.")  # type: ignore[arg-type]
    case, made = make_case(), Manifest(overread_version="0", graph_version=1, profile="scripted")
    return CaseFile(case_id=case.case_id, status="awaiting_review", case=case, findings=(found,), manifest=made)
