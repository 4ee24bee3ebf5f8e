"""A tool that fails, wholly or in part: no negative follows from it, and no critical result is lost by it."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from overread.records import Answer, CaseFile, Claim, Measurement, Payload, Score
from overread.records.evidence import Assertion
from overread.testing.doubles import Fault, ScriptedTool
from overread.testing.doubles.tool import FaultKind
from tests.graphs.rooms import put_case, score, scripted_room, scripted_tools


def claim(text: str, label: str, status: str) -> Claim:
    said = Assertion(label=label, status=status, start=0, end=len(text))  # type: ignore[arg-type]
    return Claim(text=text, section="findings", assertions=(said,))


def answer(label: str, status: str) -> Answer:
    words = {"present": "yes", "absent": "no"}[status]
    return Answer(question=f"Is there {label}?", answer=words, label=label, status=status)  # type: ignore[arg-type]


SEES: dict[str, Sequence[Payload]] = {
    "segmentation": [Measurement(name="cardiothoracic_ratio", value=0.44, unit="1", method="double")],
    "classification": [score("Pneumothorax", 0.95), score("Pleural Effusion", 0.05), score("Edema", 0.02)],
    "report": [
        claim("There is free air.", "Pneumoperitoneum", "present"),
        claim("No pneumothorax.", "Pneumothorax", "absent"),
    ],
    "vqa": [answer("Pneumothorax", "present"), answer("Fracture", "absent")],
}
"""The first payload of the last three is a critical result; the others are negatives."""


def read(folder: Path, without: str | None = None, fault: Fault | None = None, only: str | None = None) -> CaseFile:
    tools = {name: ScriptedTool(name, script) for name, script in SEES.items()}
    if without is not None:
        tools[without] = ScriptedTool(without, SEES[without] if fault else (), fault=fault)
    if only is not None:
        tools = {name: tool if name == only else ScriptedTool(name) for name, tool in tools.items()}
    with scripted_room(folder, scripted_tools(**tools), tool_seconds=0.5) as room:
        file = room.read(put_case(room))
    for tool in tools.values():
        tool.release()
    return file


def absent(file: CaseFile) -> set[str]:
    return {finding.label for finding in file.findings if finding.status == "absent"} - {"No Finding"}


def negatives(file: CaseFile) -> set[str]:
    assert file.draft is not None
    lines = [*file.draft.sections["findings"], *file.draft.sections["impression"]]
    return {line.text for line in lines if line.text.startswith("No ")}


def alerts(file: CaseFile) -> set[str]:
    return {alert.label for alert in file.alerts}


@pytest.mark.parametrize(("name", "kind"), list(product(SEES, get_args(FaultKind))))
def test_a_failed_tool_is_as_good_as_none(tmp_path: Path, name: str, kind: FaultKind) -> None:
    failed = read(tmp_path / "failed", name, Fault(kind))
    silent = read(tmp_path / "silent", name)
    assert failed.status == "awaiting_review"
    assert {failure.tool for failure in failed.failures} == {name}
    assert absent(failed) <= absent(silent)
    assert negatives(failed) <= negatives(silent)
    assert alerts(failed) >= alerts(silent)
    assert failed.draft is not None
    assert any(name in line.text for line in failed.draft.sections["limitations"])


@pytest.mark.parametrize(
    ("name", "kind"),
    list(product(("classification", "report", "vqa"), ("error", "hang", "invalid_output", "unavailable"))),
)
def test_a_critical_result_seen_before_the_fault_still_alerts(tmp_path: Path, name: str, kind: FaultKind) -> None:
    whole = read(tmp_path / "whole", only=name)
    part = read(tmp_path / "part", name, Fault(kind, kept=1), only=name)
    assert alerts(part) == alerts(whole) != set()
    assert [(item.tool, item.payload) for item in part.evidence if item.tool == name] == [(name, SEES[name][0])]
    (failure,) = part.failures
    assert (failure.tool, failure.kept) == (name, 1)
    assert absent(part) == set(), "what was not reached is not assessed"


def test_what_a_tool_kept_of_another_study_is_dropped_whole(tmp_path: Path) -> None:
    file = read(tmp_path, "classification", Fault("foreign_study", kept=0))
    assert not [item for item in file.evidence if isinstance(item.payload, Score)]


def test_a_second_attempt_adds_to_what_the_first_one_kept(tmp_path: Path) -> None:
    file = read(tmp_path, "classification", Fault("unavailable", times=1, kept=3))
    assert not file.failures
    assert len([item for item in file.evidence if isinstance(item.payload, Score)]) == len(SEES["classification"])


@pytest.mark.parametrize(("times", "status", "looks"), [(1, "refused", 2), (2, "awaiting_review", 2)])
def test_a_gate_that_is_late_is_asked_once_more(tmp_path: Path, times: int, status: str, looks: int) -> None:
    blank = Measurement(name="blank_fraction", value=1.0, unit="1", method="double")
    quality = ScriptedTool("quality", [blank], fault=Fault("hang", times=times))
    with scripted_room(tmp_path, scripted_tools(quality=quality), tool_seconds=0.5) as room:
        file = room.read(put_case(room))
    quality.release()
    assert (file.status, quality.runs) == (status, looks)
    assert [failure.kind for failure in file.failures] == ["timeout"] * (times - 1)
